"""Saleor's versions as pairs of numbers, so that 3.20 is not 3.2."""

import re
from typing import NamedTuple, Self

from saleor_crm_app.kernel.errors import BadInput

_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:[.+-].{0,40})?", re.ASCII | re.DOTALL)


class UnsupportedVersion(BadInput):
    """A version that is none, or older than the oldest this app can work with."""


class SaleorVersion(NamedTuple):
    """Major and minor number; patches do not change what a document may ask."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `3.23`, `3.23.28` or `3.24.0-a.1`.

        Raises UnsupportedVersion for anything else.
        """
        match = _VERSION.fullmatch(text.strip())
        if match is None:
            raise UnsupportedVersion(f"{text[:40]!r} is not a version of Saleor")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST = SaleorVersion(3, 21)
"""The oldest Saleor whose schema every document of ours fits."""
