"""Says in the customer's words what an offer is, why they see it and what is lacking; English and Russian."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.offers.fitting import Fit
from saleor_crm_app.loyalty.offers.registry import Offer
from saleor_crm_app.loyalty.offers.said import Lack, Lacking, Said, Why
from saleor_crm_app.loyalty.offers.terms import OfferKind, OfferWords
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Reward
from saleor_crm_app.loyalty.rules import PHRASES, Language, PublishedRule
from saleor_crm_app.loyalty.rules import describe as describe_rule
from saleor_crm_app.loyalty.tiers import Tier

_REASONS: Final = {
    Language.EN: {
        Why.FOR_YOU: "Chosen for you.",
        Why.FOR_EVERYBODY: "For all our customers.",
        Why.ENDS_SOON: "Only until {day}.",
        Why.ENOUGH_POINTS: "You have enough points: it takes {points}.",
        Why.COSTS_POINTS: "It takes {points}.",
        Why.FREE: "It costs no points.",
        Why.FROM_AMOUNT: "Good for orders from {amount} on.",
        Why.NEARLY_THERE: "Only {points} more for “{reward}”.",
        Why.TIER_NEAR: "Only {missing} to {tier}.",
        Why.POINTS_EXPIRE: "{points} of yours will expire, the first after {day}.",
        Why.LONG_AWAY: "Your last order was {days} ago.",
        Why.MORE_POINTS: "Now earning more: {rule}.",
        Why.BOUGHT_TOGETHER: "Goes with what you bought.",
        Why.GOES_WITH_CART: "Goes with what is in your cart.",
        Why.BETTER_CHOICE: "Bought at least as often as what is in your cart.",
        Why.POPULAR: "Many customers buy it.",
        Why.DUE_AGAIN: "You may need it again around {day}.",
        Why.CHOSEN: "Picked by the shop.",
    },
    Language.RU: {
        Why.FOR_YOU: "Подобрано для вас.",
        Why.FOR_EVERYBODY: "Для всех покупателей.",
        Why.ENDS_SOON: "Только до {day}.",
        Why.ENOUGH_POINTS: "У вас достаточно баллов: нужно {points}.",
        Why.COSTS_POINTS: "Стоимость: {points}.",
        Why.FREE: "Баллы не нужны.",
        Why.FROM_AMOUNT: "Действует для заказов от {amount}.",
        Why.NEARLY_THERE: "Ещё {points} — и можно получить «{reward}».",
        Why.TIER_NEAR: "До уровня {tier} осталось: {missing}.",
        Why.POINTS_EXPIRE: "Истекает срок: {points}; первые — после {day}.",
        Why.LONG_AWAY: "Последний заказ был {days} назад.",
        Why.MORE_POINTS: "Сейчас начисляется больше: {rule}.",
        Why.BOUGHT_TOGETHER: "Подходит к тому, что вы купили.",
        Why.GOES_WITH_CART: "Подходит к товарам в корзине.",
        Why.BETTER_CHOICE: "Покупают не реже, чем товар в корзине.",
        Why.POPULAR: "Это покупают многие.",
        Why.DUE_AGAIN: "Может снова понадобиться около {day}.",
        Why.CHOSEN: "Выбор магазина.",
    },
}
_GAPS: Final = {
    Language.EN: {
        Lack.POINTS: "{points} more",
        Lack.SPEND: "{amount} more",
        Lack.ORDERS: "{orders} more",
        Lack.EARNED_POINTS: "{points} more",
        Lack.SIGN_IN: "Sign in first",
        Lack.JOIN: "Join the program first",
    },
    Language.RU: {
        Lack.POINTS: "Ещё {points}",
        Lack.SPEND: "Ещё {amount}",
        Lack.ORDERS: "Ещё {orders}",
        Lack.EARNED_POINTS: "Ещё {points}",
        Lack.SIGN_IN: "Сначала войдите",
        Lack.JOIN: "Сначала вступите в программу",
    },
}
_TITLES: Final = {
    Language.EN: {
        OfferKind.RECOMMENDED_PRODUCTS: "Picked for you",
        OfferKind.REPLENISHMENT: "Time for more?",
        OfferKind.CROSS_SELL: "Goes well with it",
        OfferKind.UPSELL: "Have you seen this one?",
        OfferKind.WIN_BACK: "We have missed you",
    },
    Language.RU: {
        OfferKind.RECOMMENDED_PRODUCTS: "Подобрано для вас",
        OfferKind.REPLENISHMENT: "Пора пополнить запас?",
        OfferKind.CROSS_SELL: "К этому подойдёт",
        OfferKind.UPSELL: "А это вы видели?",
        OfferKind.WIN_BACK: "Мы скучали",
    },
}
_TOLD_TITLES: Final = {
    Language.EN: {
        Why.ENOUGH_POINTS: "Your points are enough for “{reward}”",
        Why.NEARLY_THERE: "{points} more for “{reward}”",
        Why.TIER_NEAR: "{missing} to {tier}",
        Why.POINTS_EXPIRE: "{points} will expire soon",
    },
    Language.RU: {
        Why.ENOUGH_POINTS: "Баллов хватает на «{reward}»",
        Why.NEARLY_THERE: "Ещё {points} до «{reward}»",
        Why.TIER_NEAR: "{missing} до уровня {tier}",
        Why.POINTS_EXPIRE: "Скоро истекает срок: {points}",
    },
}


def words_of(offer: Offer, found: Fit, reward: Reward | None, program: Program, language: str | None) -> OfferWords:
    """An offer's texts: those that staff wrote, else its reward's, else those of its kind with the numbers in them."""
    written = offer.terms.words_in(language)
    if written is not None:
        return written
    spoken = rewards.wording.language_of(language)
    about = found.about
    if about is not None and about.why in _TOLD_TITLES[spoken]:
        blanks = _blanks(about.data, program, spoken, language)
        return OfferWords(title=_TOLD_TITLES[spoken][about.why].format(**blanks))
    if reward is not None and offer.terms.kind not in _TITLES[spoken]:
        words = reward.terms.words_in(language)
        return OfferWords(title=words.name, description=words.description, small_print=words.small_print)
    return OfferWords(title=_TITLES[spoken][offer.terms.kind])


def reason_words(said: Said, program: Program, language: str | None) -> str:
    """The sentence of a reason."""
    spoken = rewards.wording.language_of(language)
    return _REASONS[spoken][said.why].format(**_blanks(said.data, program, spoken, language))


def gap_words(lacking: Lacking, program: Program, language: str | None) -> str:
    """What is lacking in a few words with the number in them."""
    spoken = rewards.wording.language_of(language)
    return _GAPS[spoken][lacking.what].format(**_amounts(lacking, program, spoken))


def _blanks(data: Mapping[str, Any], program: Program, spoken: Language, language: str | None) -> dict[str, str]:
    words = PHRASES[spoken]
    told: dict[str, str] = {}
    for name, value in data.items():
        match name, value:
            case "points", int():
                told["points"] = words.points(value)
            case "amount", int():
                told["amount"] = words.money(value, program.currency)
            case "days", int():
                told["days"] = words.number_of_days(value)
            case "at", _:
                told["day"] = _day(value, program.zone, spoken)
            case "reward", Reward():
                told["reward"] = value.terms.words_in(language).name
            case "tier", Tier():
                told["tier"] = value.name_in((language or "").upper() or None)
            case "missing", Lacking():
                told["missing"] = _number(value, program, spoken)
            case "rule", PublishedRule():
                told["rule"] = describe_rule(value, spoken, currency=program.currency).rstrip(".")
            case _:
                pass
    return told


def _number(lacking: Lacking, program: Program, spoken: Language) -> str:
    amounts = _amounts(lacking, program, spoken)
    return {Lack.SPEND: amounts["amount"], Lack.ORDERS: amounts["orders"]}.get(lacking.what, amounts["points"])


def _amounts(lacking: Lacking, program: Program, spoken: Language) -> dict[str, str]:
    words = PHRASES[spoken]
    return {
        "points": words.points(lacking.quantity or 0),
        "amount": words.money(lacking.amount or 0, program.currency),
        "orders": words.orders(lacking.quantity or 0),
    }


def _day(at: Any, zone: ZoneInfo, spoken: Language) -> str:  # noqa: ANN401 # a datetime, from a reason's data
    """The last day on which something holds that ends at an instant."""
    return PHRASES[spoken].day((at - timedelta(microseconds=1)).astimezone(zone).date())
