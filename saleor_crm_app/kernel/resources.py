"""Finds the files that are not Python: `graphql/` and `manifest.json`, in a checkout and in a wheel."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


@cache
def data_path(name: str) -> Path:
    """Where `graphql` or `manifest.json` lies: inside an installed wheel, else beside the package.

    Raises FileNotFoundError when the installation is broken.
    """
    for folder in (_PACKAGE / "_data", _PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"{name} is missing from this installation of saleor-crm; install it again")
