"""Rules told in plain sentences, and what differs between two versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, assert_never

from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.document import (
    Event,
    Exclusions,
    Fixed,
    Limits,
    Multiplier,
    PerAmount,
    PerOrder,
    PerUnit,
    Rule,
    Then,
)
from saleor_crm_app.loyalty.rules.phrases import PHRASES, Language, Phrases
from saleor_crm_app.loyalty.rules.rule_set import RuleSet

_DAYS: Final = tuple(c.Day)
_ASPECTS: Final = ("when", "then", "if", "limits", "stack", "exclude")


def describe(rule: Rule, language: Language, *, currency: str, names: Mapping[str, str] | None = None) -> str:
    """A rule in one sentence; `names` are said instead of the shop's ids where known."""
    teller = _Teller(PHRASES[language], currency, names or {})
    return teller.phrases.say("rule", name=rule.name, told=teller.told(rule))


def diff(old: RuleSet, new: RuleSet, language: Language, *, names: Mapping[str, str] | None = None) -> list[str]:
    """What the new version does otherwise, a sentence each."""
    teller = _Teller(PHRASES[language], new.currency, names or {})
    say = teller.phrases.say
    told = [
        *(say("removed", name=rule.name, told=teller.told(rule)) for rule in old.rules if rule.id not in new.by_id),
        *(line for rule in new.rules if rule.id in old.by_id for line in teller.changes(old.by_id[rule.id], rule)),
        *(say("added", name=rule.name, told=teller.told(rule)) for rule in new.rules if rule.id not in old.by_id),
    ]
    if [rule.id for rule in old.rules if rule.id in new.by_id] != [
        rule.id for rule in new.rules if rule.id in old.by_id
    ]:
        told.append(say("moved"))
    if old.exclude != new.exclude:
        told.append(say("exclusions_now", old=teller.excluded(old.exclude), new=teller.excluded(new.exclude)))
    return told or [say("same")]


@dataclass(frozen=True, slots=True)
class _Teller:
    phrases: Phrases
    currency: str
    names: Mapping[str, str] = field(default_factory=dict)

    def told(self, rule: Rule) -> str:
        """Occasion and reward, then whatever there is of the rest."""
        aspects = self._aspects(rule)
        said = [f"{aspects['when']} {aspects['then']}", *(aspects[name] for name in _ASPECTS[2:] if aspects[name])]
        return ", ".join(said)

    def changes(self, old: Rule, new: Rule) -> Iterator[str]:
        """What of a rule is told otherwise than before."""
        say = self.phrases.say
        if old.name != new.name:
            yield say("renamed", old=old.name, new=new.name)
        before, after = self._aspects(old), self._aspects(new)
        for name in _ASPECTS:
            if before[name] != after[name]:
                was, is_now = (told[name] or say(f"none_{name}") for told in (before, after))
                yield say("now", name=new.name, aspect=say(f"aspect_{name}"), old=was, new=is_now)

    def excluded(self, exclude: Exclusions) -> str:
        named = {
            "excluded_products": exclude.products,
            "excluded_categories": exclude.categories,
            "excluded_collections": exclude.collections,
            "excluded_types": exclude.product_types,
        }
        said = [self.phrases.say(key, among=self._listed(ids, ", ")) for key, ids in named.items() if ids]
        if exclude.sale_items:
            said.append(self.phrases.say("excluded_sale"))
        return "; ".join(said) or self.phrases.say("nothing")

    def _aspects(self, rule: Rule) -> dict[str, str]:
        say = self.phrases.say
        occasion = rule.when
        name = occasion.name if isinstance(occasion, Event) else ""
        return {
            "when": say(str(occasion.__struct_config__.tag), name=name),
            "then": self._reward(rule.then),
            "if": "" if rule.condition is None else say("if", condition=self._condition(rule.condition)),
            "limits": ", ".join(self._limits(rule.limits)),
            "stack": ""
            if rule.stack.group is None
            else say(
                "alone" if rule.stack.exclusive else "together", group=rule.stack.group, priority=rule.stack.priority
            ),
            "exclude": ", ".join(
                [
                    *([say("no_sale")] if rule.exclude_sale_items else []),
                    *([] if rule.exclude_shipping else [say("shipping")]),
                ]
            ),
        }

    def _reward(self, then: Then) -> str:
        say = self.phrases.say
        match then:
            case PerAmount():
                key = "PER_STEP" if then.whole_steps else "PER_AMOUNT"
                money = self.phrases.money(then.minor, self.currency)
                return say(key, points=self.phrases.points(then.points), money=money)
            case PerUnit():
                return say("PER_UNIT", points=self.phrases.points(then.points))
            case PerOrder():
                return say("PER_ORDER", points=self.phrases.points(then.points))
            case Fixed():
                return say("FIXED", points=self.phrases.points(then.points))
            case Multiplier():
                return say("MULTIPLIER", percent=then.percent)
            case _ as never:
                assert_never(never)

    def _limits(self, limits: Limits) -> Iterator[str]:
        for key in Limits.__struct_fields__:
            points = getattr(limits, key)
            if points is not None:
                yield self.phrases.say(key, points=self.phrases.at_most(points))

    def _condition(self, condition: c.Condition) -> str:
        match condition:
            case c.All():
                return self.phrases.say("ALL").join(self._inner(one) for one in condition.of)
            case c.AnyOf():
                return self.phrases.say("ANY").join(self._inner(one) for one in condition.of)
            case c.Not():
                return self.phrases.say("NOT", inner=self._condition(condition.of))
            case c.NthOrder() | c.MinAmount() | c.Dates():
                return self._measured(condition)
            case c.Weekday():
                days = [self.phrases.days[_DAYS.index(day)] for day in condition.among]
                return self.phrases.say("WEEKDAY", among=self._listed(days))
            case _:
                return self.phrases.say(str(condition.__struct_config__.tag), among=self._listed(condition.among))

    def _measured(self, condition: c.NthOrder | c.MinAmount | c.Dates) -> str:
        if isinstance(condition, c.Dates):
            return self._dates(condition)
        if isinstance(condition, c.MinAmount):
            return self.phrases.say("MIN_AMOUNT", money=self.phrases.money(condition.minor, self.currency))
        if condition.every is not None:
            return self.phrases.say("EVERY_NTH_ORDER", every=condition.every)
        return self.phrases.say("NTH_ORDER", among=self._listed([str(one) for one in condition.among]))

    def _inner(self, condition: c.Condition) -> str:
        """In brackets where another `and` or `or` could be read into it."""
        told = self._condition(condition)
        is_list = isinstance(condition, c.All | c.AnyOf) and len(condition.of) > 1
        return f"({told})" if is_list else told

    def _dates(self, dates: c.Dates) -> str:
        first = "" if dates.since is None else self.phrases.day(dates.since)
        last = "" if dates.until is None else self.phrases.day(dates.until)
        key = "BETWEEN" if first and last else "FROM" if first else "UNTIL"
        return self.phrases.say(key, first=first, last=last)

    def _listed(self, among: Sequence[str], link: str | None = None) -> str:
        return (link or self.phrases.say("one_of")).join(self.names.get(one, one) for one in among)
