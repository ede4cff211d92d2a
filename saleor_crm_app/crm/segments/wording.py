"""Conditions told in plain sentences, in English and Russian."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, assert_never

from saleor_crm_app.crm.segments import conditions as c
from saleor_crm_app.kernel.money import MinorUnits, Money


class Language(StrEnum):
    """The languages in which conditions are told."""

    EN = "en"
    RU = "ru"


_ENGLISH: Final = {
    "ALL": " and ", "ANY": " or ", "NOT": "not ({inner})", "one_of": " or ",
    "between": "{fact} from {least} to {most}", "at_least": "{fact} at least {least}",
    "at_most": "{fact} at most {most}",
    "within": "{fact} within the last {days} days", "before": "{fact} more than {days} days ago",
    "ORDERS": "orders", "ORDERS_365": "orders within a year", "GAP_DAYS": "usual gap in days",
    "DISCOUNT_PERCENT": "share of discounts in percent", "RETURNED_PERCENT": "share of refunds in percent",
    "REVENUE": "spent", "REVENUE_365": "spent within a year", "FIRST_ORDER": "the first order",
    "LAST_ORDER": "the last order", "JOINED": "the account was made", "AVAILABLE": "points to spend",
    "EXPIRING": "points that lapse within 30 days", "CHANNEL": "ordered by the channel {among}",
    "CATEGORY": "bought from the category {among}", "COLLECTION": "bought from the collection {among}",
    "PRODUCT": "bought {among}", "LANGUAGE": "reads {among}", "COUNTRY": "lives in {among}",
    "CONFIRMED": "has a confirmed account", "BIRTHDAY_MONTH": "has the birthday this month",
    "OVERDUE": "is {percent} % of the usual gap after the last order",
    "TIER": "is in the tier {among}", "IDLE": "has points that have not moved for {days} days",
    "RFM": "is by recency, frequency and money {among}", "PHASE": "is in the phase {among}",
    "EVENT": "had the event “{name}” {times} times or more", "EVENT_WITHIN": ", the last within {days} days",
    "FACT": "“{name}” is {among}",
}  # fmt: skip
_RUSSIAN: Final = {
    "ALL": " и ", "ANY": " или ", "NOT": "не ({inner})", "one_of": " или ",
    "between": "{fact}: от {least} до {most}", "at_least": "{fact}: не меньше {least}",
    "at_most": "{fact}: не больше {most}", "within": "{fact}: за последние дни, {days}",
    "before": "{fact}: дней назад больше {days}", "ORDERS": "заказы", "ORDERS_365": "заказы за год",
    "GAP_DAYS": "обычный промежуток в днях", "DISCOUNT_PERCENT": "доля скидок в процентах",
    "RETURNED_PERCENT": "доля возвратов в процентах", "REVENUE": "потрачено", "REVENUE_365": "потрачено за год",
    "FIRST_ORDER": "первый заказ", "LAST_ORDER": "последний заказ", "JOINED": "учетная запись создана",
    "AVAILABLE": "доступные баллы", "EXPIRING": "баллы, сгорающие за 30 дней",
    "CHANNEL": "заказывал через канал {among}", "CATEGORY": "покупал из категории {among}",
    "COLLECTION": "покупал из коллекции {among}", "PRODUCT": "покупал {among}", "LANGUAGE": "читает на {among}",
    "COUNTRY": "страна: {among}", "CONFIRMED": "учетная запись подтверждена",
    "BIRTHDAY_MONTH": "день рождения в этом месяце",
    "OVERDUE": "после последнего заказа прошло {percent} % обычного промежутка", "TIER": "уровень {among}",
    "IDLE": "баллы без движения, дней: {days}", "RFM": "по давности, частоте и сумме {among}",
    "PHASE": "в фазе {among}", "EVENT": "событие «{name}», раз не меньше: {times}",
    "EVENT_WITHIN": ", последнее за дней: {days}", "FACT": "«{name}» равно {among}",
}  # fmt: skip
_TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {Language.EN: _ENGLISH, Language.RU: _RUSSIAN}


def describe(condition: c.Condition, language: Language, *, names: Mapping[str, str] | None = None) -> str:
    """A condition in words; `names` are said instead of the shop's ids where known."""
    return _told(condition, _TEXTS[language], names or {})


def _told(  # noqa: C901, PLR0911 # a closed list
    condition: c.Condition, texts: Mapping[str, str], names: Mapping[str, str]
) -> str:
    match condition:
        case c.All() | c.AnyOf():
            link = texts["ALL" if isinstance(condition, c.All) else "ANY"]
            return link.join(_inner(one, texts, names) for one in condition.of)
        case c.Not():
            return texts["NOT"].format(inner=_told(condition.of, texts, names))
        case c.Number() | c.Money() | c.Points():
            return _range(condition, texts)
        case c.Time():
            key, days = (
                ("within", condition.within_days) if condition.within_days else ("before", condition.before_days)
            )
            return texts[key].format(fact=texts[condition.fact.value], days=days)
        case c.Event():
            told = texts["EVENT"].format(name=condition.name, times=condition.times)
            within = texts["EVENT_WITHIN"].format(days=condition.within_days) if condition.within_days else ""
            return told + within
        case c.Confirmed() | c.BirthdayMonth():
            return texts[str(condition.__struct_config__.tag)]
        case c.Overdue():
            return texts["OVERDUE"].format(percent=condition.percent)
        case c.Idle():
            return texts["IDLE"].format(days=condition.days)
        case c.Told():
            return texts["FACT"].format(name=condition.name, among=_listed(condition.among, texts, names))
        case (
            c.Channel()
            | c.Category()
            | c.Collection()
            | c.Product()
            | c.Language()
            | c.Country()
            | c.Tier()
            | c.Rfm()
            | c.InPhase()
        ):
            tag = str(condition.__struct_config__.tag)
            return texts[tag].format(among=_listed(condition.among, texts, names))
        case _ as never:
            assert_never(never)


def _range(condition: c.Ranged, texts: Mapping[str, str]) -> str:
    least, most = condition.at_least, condition.at_most
    key = "at_least" if most is None else "at_most" if least is None else "between"

    def said(bound: int | None) -> str:
        if isinstance(condition, c.Money) and bound is not None:
            return f"{Money(MinorUnits(bound), condition.currency).amount:f} {condition.currency}"
        return str(bound)

    return texts[key].format(fact=texts[condition.fact.value], least=said(least), most=said(most))


def _inner(condition: c.Condition, texts: Mapping[str, str], names: Mapping[str, str]) -> str:
    told = _told(condition, texts, names)
    is_list = isinstance(condition, c.All | c.AnyOf) and len(condition.of) > 1
    return f"({told})" if is_list else told


def _listed(among: tuple[object, ...], texts: Mapping[str, str], names: Mapping[str, str]) -> str:
    return texts["one_of"].join(names.get(str(one), str(one)) for one in among)
