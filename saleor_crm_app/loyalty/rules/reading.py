"""Reads rules from JSON, strictly: what cannot be is refused with its place; what cannot be yet is named."""

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.document import (
    Exclusions,
    Fixed,
    Order,
    Referral,
    Review,
    Rule,
    Survey,
    When,
)
from saleor_crm_app.loyalty.rules.errors import RuleInvalid, SourceUnknown
from saleor_crm_app.loyalty.rules.scope import segment_key, segment_key_or_none

DEEPEST: Final = 8
MOST_CLAUSES: Final = 100

_KINDS: Final[dict[type, str]] = {
    c.Product: "Product",
    c.Category: "Category",
    c.Collection: "Collection",
    c.ProductType: "ProductType",
}
_ORDERS_ONLY: Final = (*_KINDS, c.Channel, c.NthOrder, c.MinAmount, c.Currency)
_EXCLUDED_KINDS: Final = {
    "products": "Product",
    "categories": "Category",
    "collections": "Collection",
    "productTypes": "ProductType",
}
_NOT_YET: Final[dict[type, str]] = {
    Review: "reviews are not known to the app yet.",
    Survey: "surveys are not known to the app yet.",
    Referral: "referrals are not known to the app yet.",
    c.Consent: "consent is not known to the app yet.",
}
_PLACE = re.compile(r"^(?P<reason>.*?) - at `(?P<path>\$.*)`$", re.DOTALL)

Document = TypeVar("Document")


class Clause(NamedTuple):
    """A condition and its place in the document."""

    path: str
    condition: c.Condition


def read_rule(document: object) -> Rule:
    """Read one rule, from JSON text or from what was read of it.

    Raises RuleInvalid with the place of the first fault.
    """
    rule = read(document, Rule)
    for path, reason in _faults(rule):
        raise RuleInvalid(path, reason)
    return rule


def read_exclusions(document: object) -> Exclusions:
    """Read what a program excludes.

    Raises RuleInvalid with the place of the first fault.
    """
    exclusions = read(document, Exclusions)
    named = (exclusions.products, exclusions.categories, exclusions.collections, exclusions.product_types)
    for (field, kind), ids in zip(_EXCLUDED_KINDS.items(), named, strict=True):
        for path, reason in _wrong_ids(f"$.{field}", ids, kind):
            raise RuleInvalid(path, reason)
    return exclusions


def read(document: object, kind: type[Document]) -> Document:
    """Decode JSON text, or take what was read of it; strictly.

    Raises RuleInvalid with the place of the first fault.
    """
    try:
        if isinstance(document, bytes | str):
            found = msgspec.json.decode(document, type=kind)
        else:
            found = msgspec.convert(document, kind)
        written = msgspec.json.encode(found)
    except msgspec.ValidationError as error:
        raise RuleInvalid(*place_of(error)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise RuleInvalid("$", "this is no JSON document.") from error
    if b"\\u0000" in written:
        raise RuleInvalid("$", "the character U+0000 cannot be kept.")
    return found


def place_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """The JSON path of a fault, and the fault as a sentence."""
    found = _PLACE.match(str(error))
    reason, path = (found["reason"], found["path"]) if found else (str(error), "$")
    plain = reason.replace("`", "")
    return path, f"{plain[0].lower()}{plain[1:]}."


def demand_known_sources(rule: Rule, *, segments: Collection[UUID]) -> None:
    """Let a rule be published only when all that it asks for can be known; `segments` are those that there are.

    Raises SourceUnknown.
    """
    if reason := _NOT_YET.get(type(rule.when)):
        raise SourceUnknown("$.when", reason)
    for path, condition in clauses(rule):
        if reason := _NOT_YET.get(type(condition)):
            raise SourceUnknown(path, reason)
        if isinstance(condition, c.Segment):
            for number, text in enumerate(condition.among):
                if segment_key_or_none(text) not in segments:
                    raise SourceUnknown(f"{path}.in[{number}]", "there is no such segment, or it was retired.")


def clauses(rule: Rule) -> Iterator[Clause]:
    """Every condition of a rule, those inside others too, each with its place."""
    if rule.condition is not None:
        yield from _within("$.if", rule.condition)


def _within(path: str, condition: c.Condition) -> Iterator[Clause]:
    yield Clause(path, condition)
    if isinstance(condition, c.All | c.AnyOf):
        for number, one in enumerate(condition.of):
            yield from _within(f"{path}.of[{number}]", one)
    elif isinstance(condition, c.Not):
        yield from _within(f"{path}.of", condition.of)


def _faults(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from _wrong_pair(rule.when, rule)
    for number, (path, condition) in enumerate(clauses(rule), start=1):
        if number > MOST_CLAUSES:
            yield path, f"a rule has {MOST_CLAUSES} conditions at most."
        if path.count(".of") > DEEPEST:
            yield path, f"conditions stand in {DEEPEST} others at most."
        if isinstance(condition, _ORDERS_ONLY) and not isinstance(rule.when, Order):
            yield path, "this can only be asked of orders."
        yield from _wrong_values(path, condition)


def _wrong_pair(when: When, rule: Rule) -> Iterator[tuple[str, str]]:
    of_order = isinstance(when, Order)
    if of_order and isinstance(rule.then, Fixed):
        yield "$.then.type", "FIXED is for what customers do; for an order use PER_ORDER."
    if not of_order and not isinstance(rule.then, Fixed):
        yield "$.then.type", "only orders earn by amount, unit or percent; use FIXED here."
    if not of_order and rule.limits.per_order is not None:
        yield "$.limits.perOrder", "only rules on orders have this limit."


def _wrong_values(path: str, condition: c.Condition) -> Iterator[tuple[str, str]]:
    if isinstance(condition, c.OfLine):
        yield from _wrong_ids(f"{path}.in", condition.among, _KINDS[type(condition)])
    elif isinstance(condition, c.Segment):
        yield from _wrong_ids(f"{path}.in", condition.among, "CustomerSegment", key=segment_key)
    elif isinstance(condition, c.NthOrder) and bool(condition.among) == (condition.every is not None):
        yield path, "name either `in` or `every`."
    elif isinstance(condition, c.Dates):
        if condition.since is None and condition.until is None:
            yield path, "name `from`, `until` or both."
        elif condition.since is not None and condition.until is not None and condition.since > condition.until:
            yield f"{path}.until", "this day is before `from`."


def _wrong_ids(
    path: str, ids: tuple[str, ...], kind: str, *, key: Callable[[str], object] | None = None
) -> Iterator[tuple[str, str]]:
    read_key = key or partial(key_of, kind=kind)
    for number, text in enumerate(ids):
        try:
            read_key(text)
        except ValueError:
            yield f"{path}[{number}]", f"that is not the global id of a {kind}."
