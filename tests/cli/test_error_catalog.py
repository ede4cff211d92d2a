"""The catalog of error codes has every code and every refusal that the app knows, and is what the code says."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from saleor_crm_app import app, worker
from saleor_crm_app.cli.error_catalog import error_catalog
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"


def refusals(family: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """What both processes have loaded, without what tests make up."""
    for one in family.__subclasses__():
        if one.__module__.startswith("saleor_crm_app."):
            yield one
        yield from refusals(one)


def told_of(code: str) -> str:
    """The part of the catalog about one code."""
    [part] = re.findall(rf"^## {code}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(part)


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == error_catalog()


def test_every_code_says_what_to_do() -> None:
    assert re.findall(r"^## (\w+)\n\n[A-Z].+[.]$", PAGE.read_text(), re.MULTILINE) == [*LoyaltyErrorCode]


def test_every_refusal_stands_under_its_code() -> None:
    assert {app.create, worker.make_worker}  # both are loaded, and with them whatever refuses
    known = [one for one in refusals() if hasattr(one, "code")]
    first = {one: " ".join((inspect.getdoc(one) or "").split("\n\n")[0].split()).partition(". ")[0] for one in known}
    assert len(known) > 100
    assert [one.__name__ for one in known if f"| {first[one].removesuffix('.')} |" not in told_of(one.code)] == []


def test_sentences_show_where_something_is_filled_in() -> None:
    assert "{available} points are available; {short_by} more are needed." in told_of("NOT_ENOUGH_POINTS")
    assert "This account is held already. Or: This account is not held." in told_of("INVALID")
