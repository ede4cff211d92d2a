"""Explains entries: the numbers kept with them in words, and the same points computed from them again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import msgspec

from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.points.reading.explanation_words import counted, words_of
from saleor_crm_app.loyalty.points.reading.history import EntryLine
from saleor_crm_app.loyalty.rules import RuleSet

Numbers = Mapping[str, Any]
TargetByRules = Callable[[Numbers], int]
"""What an order earned by the rule set its explanation names, computed again."""

_VOID: Final = frozenset({"DRAFT", "CANCELED", "EXPIRED"})


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an entry has its points: in words, and the ids and numbers they were made of."""

    text: str
    numbers: Numbers


def numbers_of(entry: EntryLine) -> Numbers:
    """The ids, numbers and codes kept with an entry; amounts in minor units."""
    numbers: Numbers = msgspec.json.decode(entry.explanation, type=dict[str, Any])
    return numbers


def explain(entry: EntryLine, *, currency: str | None = None, language: str | None = None) -> Explanation:
    """Say why an entry has its points. `language` is one of Saleor's codes; English where there are no words for it.

    `currency` is the program's, for entries that keep none; without it amounts of money are left out there.
    """
    numbers = numbers_of(entry)
    words = words_of(language)
    speech = _Speech(words, numbers.get("currency", currency), {**numbers, "points": counted(entry.points, words)})
    match entry.source, entry.kind:
        case "ORDER", _ if "target" in numbers:
            text = _order(speech, entry, numbers)
        case "REDEMPTION", "RETURN":
            text = _returned(speech, numbers)
        case "REDEMPTION", _:
            text = speech("REDEEM.again" if numbers.get("returned") else "REDEEM")
        case _, "REVERSE" | "EXPIRE":
            text = speech(entry.kind)
        case _:
            text = speech(entry.source if entry.source in words else "OTHER")
            text += speech("rule") if {"rule", "version"} <= numbers.keys() else ""
    return Explanation(text, numbers)


def replay(entry: EntryLine, by_rules: TargetByRules | None = None) -> int | None:
    """The entry's points, computed again from what is kept with it; None where nothing was computed, such as staff's.

    Orders that earned by a published rule set want `by_rules`, and are None without it.
    """
    numbers = numbers_of(entry)
    if entry.source == "ORDER" and "target" in numbers:
        target = _target(numbers, by_rules)
        if target is None:
            return None
        # what staff undid stays undone; what the shop bears is in the order's books as if it had been taken back
        deserved = max(target, int(numbers.get("reversed", 0)))
        return deserved + int(numbers.get("borne", 0)) - int(numbers["posted"])
    if entry.kind == "RETURN" and {"returned", "status"} <= numbers.keys():
        share = _share(numbers)
        return None if share is None else int(numbers["redeemed"] * share) - int(numbers["returned"])
    if "fixed" in numbers:
        cap = numbers.get("cap")
        return int(numbers["fixed"]) if cap is None else min(int(numbers["fixed"]), int(cap))
    return None


def by_rules_of(sets: Iterable[RuleSet]) -> TargetByRules:
    """Computes targets by these versions of a program's rules.

    Raises LookupError for a version that is not among them, and ValueError for rules that are not those of then.
    """
    versions = {one.version: one for one in sets}
    return lambda numbers: rules.replay(rules.read_explanation(numbers), versions[numbers["version"]]).points


def _target(numbers: Numbers, by_rules: TargetByRules | None) -> int | None:
    """floor(rate x (merchandise - named) x min(1, paid / (value - named value))); 0 where nothing is left."""
    if numbers.get("excluded"):
        return 0
    if "rules" in numbers:
        return None if by_rules is None else by_rules(numbers)
    owed = _owed(numbers)
    if numbers["status"] in _VOID or owed <= 0:
        return 0
    left = Fraction(numbers["merchandise"]) - Fraction(numbers["named"], numbers["parts"])
    points, minor = numbers["rate"]
    return int(left * min(Fraction(1), numbers["paid"] / owed) * points / minor)


def _owed(numbers: Numbers) -> Fraction:
    return Fraction(numbers["value"]) - Fraction(numbers["named_value"], numbers["parts"])


def _share(numbers: Numbers) -> Fraction | None:
    """Which share of what was spent comes back; None where it was that of the order's value, not of money."""
    if numbers["status"] in {"CANCELED", "EXPIRED"}:
        return Fraction(1)
    total = numbers["paid"] + numbers["refunded"]
    return Fraction(numbers["refunded"], total) if total else None


class _Speech:
    """Fills sentences of one language."""

    def __init__(self, words: Mapping[str, str], currency: str | None, values: Numbers) -> None:
        self._words = words
        self._currency = currency
        self._values = dict(values)

    def __call__(self, name: str, **values: object) -> str:
        return self._words.get(name, name).format(**(self._values | values))

    @property
    def knows_money(self) -> bool:
        return self._currency is not None

    def money(self, minor: Fraction | int) -> str:
        """An amount, floored to the minor unit."""
        currency = self._currency or ""
        amount = Money(MinorUnits(minor.__floor__()), currency).amount
        return f"{amount:f} {currency}".replace(".", self._words["decimal"])


def _order(speech: _Speech, entry: EntryLine, numbers: Numbers) -> str:
    if numbers.get("excluded"):
        text = speech("order.excluded", why=speech(f"order.{numbers['excluded']}"))
    elif numbers.get("status") in _VOID:
        text = speech("order.void", status=speech(numbers["status"]))
    else:
        text = speech("order", merchandise=speech.money(numbers["merchandise"]))
        if "rate" in numbers:
            points, minor = numbers["rate"]
            text += speech("order.rate", rate_points=points, rate_money=speech.money(minor))
        else:
            text += speech("order.rules", version=numbers.get("version", entry.program_version))
        if numbers["named"]:
            text += speech("order.named", named=speech.money(Fraction(numbers["named"], numbers["parts"])))
        owed = _owed(numbers)
        if numbers["paid"] < owed:
            text += speech("order.paid", paid=speech.money(numbers["paid"]), owed=speech.money(owed))
    if numbers["posted"]:
        text += speech("order.before")
    return text + (speech("order.borne") if numbers.get("borne") else "")


def _returned(speech: _Speech, numbers: Numbers) -> str:
    if not {"redeemed", "status", "refunded", "paid"} <= numbers.keys():
        return speech("RETURN", redeemed=numbers.get("redeemed", "?"))
    if numbers["status"] in _VOID:
        return speech("RETURN.void", status=speech(numbers["status"]))
    if not numbers["refunded"] or not speech.knows_money:
        return speech("RETURN")
    total = speech.money(numbers["refunded"] + numbers["paid"])
    return speech("RETURN.refund", refunded=speech.money(numbers["refunded"]), total=total)
