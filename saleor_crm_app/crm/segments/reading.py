"""Reads conditions from JSON, strictly: what cannot be is refused with its place; and says how to write them."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from saleor_crm_app.crm.segments import conditions as c
from saleor_crm_app.crm.segments.errors import SegmentInvalid
from saleor_crm_app.kernel.ids import key_of

DEEPEST: Final = 8
MOST_CLAUSES: Final = 100

_KINDS: Final[dict[type, str]] = {c.Product: "Product", c.Category: "Category", c.Collection: "Collection"}
_PLACE = re.compile(r"^(?P<reason>.*?) - at `(?P<path>\$.*)`$", re.DOTALL)


class _Document(msgspec.Struct, frozen=True):
    """So that msgspec tells places from the condition on."""

    condition: c.Condition


def read_condition(document: object) -> c.Condition:
    """Read a condition, from JSON text or from what was read of it.

    Raises SegmentInvalid with the place of the first fault.
    """
    try:
        if isinstance(document, bytes | str):
            document = msgspec.json.decode(document)
        found = msgspec.convert({"condition": document}, _Document).condition
        written = msgspec.json.encode(found)
    except msgspec.ValidationError as error:
        raise SegmentInvalid(*_place_of(error)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise SegmentInvalid("$", "this is no JSON document.") from error
    if b"\\u0000" in written:
        raise SegmentInvalid("$", "the character U+0000 cannot be kept.")
    for path, reason in _faults(found):
        raise SegmentInvalid(path, reason)
    return found


def condition_schema() -> dict[str, Any]:
    """Draft 2020-12; what spans several fields is checked when a condition is read, not here."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Segment condition",
        **msgspec.json.schema(c.Condition),
    }


def condition_schema_text() -> str:
    """As it is published."""
    return json.dumps(condition_schema(), indent=2, ensure_ascii=False) + "\n"


def clauses(condition: c.Condition, path: str = "$") -> Iterator[tuple[str, c.Condition]]:
    """A condition and those inside it, each with its place."""
    yield path, condition
    if isinstance(condition, c.All | c.AnyOf):
        for number, one in enumerate(condition.of):
            yield from clauses(one, f"{path}.of[{number}]")
    elif isinstance(condition, c.Not):
        yield from clauses(condition.of, f"{path}.of")


def _place_of(error: msgspec.ValidationError) -> tuple[str, str]:
    found = _PLACE.match(str(error))
    reason, path = (found["reason"], found["path"]) if found else (str(error), "$")
    plain = reason.replace("`", "")
    return path.replace("$.condition", "$", 1), f"{plain[0].lower()}{plain[1:]}."


def _faults(condition: c.Condition) -> Iterator[tuple[str, str]]:
    for number, (path, one) in enumerate(clauses(condition), start=1):
        if number > MOST_CLAUSES:
            yield path, f"a segment has {MOST_CLAUSES} conditions at most."
        if path.count(".of") > DEEPEST:
            yield path, f"conditions stand in {DEEPEST} others at most."
        if isinstance(one, c.Ranged):
            if one.at_least is None and one.at_most is None:
                yield path, "name `atLeast`, `atMost` or both."
            elif one.at_least is not None and one.at_most is not None and one.at_least > one.at_most:
                yield f"{path}.atMost", "this is below `atLeast`."
        elif isinstance(one, c.Time) and (one.within_days is None) == (one.before_days is None):
            yield path, "name either `withinDays` or `beforeDays`."
        elif isinstance(one, c.Product | c.Category | c.Collection):
            yield from _wrong_ids(f"{path}.in", one.among, _KINDS[type(one)])


def _wrong_ids(path: str, ids: tuple[str, ...], kind: str) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(ids):
        try:
            key_of(text, kind=kind)
        except ValueError:
            yield f"{path}[{number}]", f"that is not the global id of a {kind}."
