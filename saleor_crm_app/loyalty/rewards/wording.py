"""Says in the customer's words why a reward can be had or not, and what is lacking."""

from typing import Final
from zoneinfo import ZoneInfo

from saleor_crm_app.loyalty.rewards.judging import Gap, GapCode, Reason, ReasonCode
from saleor_crm_app.loyalty.rules import PHRASES, Language

_REASONS: Final = {
    Language.EN: {
        ReasonCode.ENOUGH_POINTS: "You have enough points.",
        ReasonCode.FREE: "It costs no points.",
        ReasonCode.FOR_TIER: "It is for members of your tier.",
        ReasonCode.FROM_AMOUNT: "Good for orders from {amount} on.",
        ReasonCode.SOLD_OUT: "It is sold out.",
        ReasonCode.LIMIT_REACHED: "You have had it as often as one may.",
        ReasonCode.ENDED: "Its time is over.",
        ReasonCode.PROGRAM_PAUSED: "The program is paused.",
        ReasonCode.POINTS_OWED: "{points} have to be earned again first.",
        ReasonCode.UNDER_REVIEW: "Your account is being reviewed.",
    },
    Language.RU: {
        ReasonCode.ENOUGH_POINTS: "У вас достаточно баллов.",
        ReasonCode.FREE: "Баллы не нужны.",
        ReasonCode.FOR_TIER: "Это для участников вашего уровня.",
        ReasonCode.FROM_AMOUNT: "Действует для заказов от {amount}.",
        ReasonCode.SOLD_OUT: "Награды закончились.",
        ReasonCode.LIMIT_REACHED: "Вы получили её столько раз, сколько можно.",
        ReasonCode.ENDED: "Срок награды прошёл.",
        ReasonCode.PROGRAM_PAUSED: "Программа приостановлена.",
        ReasonCode.POINTS_OWED: "Сначала нужно снова накопить {points}.",
        ReasonCode.UNDER_REVIEW: "Ваш счёт проверяется.",
    },
}
_GAPS: Final = {
    Language.EN: {
        GapCode.POINTS: "{points} more",
        GapCode.TIER: "For members of: {tiers}",
        GapCode.TIME: "From {date} on",
        GapCode.SPEND: "{amount} more",
        GapCode.PRODUCT: "None of its products is in the cart",
        GapCode.CHANNEL: "Not good in this channel",
        GapCode.DELIVERY: "Choose a delivery first",
    },
    Language.RU: {
        GapCode.POINTS: "Ещё {points}",
        GapCode.TIER: "Для участников уровней: {tiers}",
        GapCode.TIME: "С {date}",
        GapCode.SPEND: "Ещё {amount}",
        GapCode.PRODUCT: "В корзине нет подходящих товаров",
        GapCode.CHANNEL: "Не действует в этом канале продаж",
        GapCode.DELIVERY: "Сначала выберите доставку",
    },
}


def language_of(code: str | None) -> Language:
    """Which of our languages to use for one of Saleor's language codes."""
    return Language.RU if (code or "").upper().startswith("RU") else Language.EN


def reason_words(reason: Reason, language: Language, *, currency: str) -> str:
    """The sentence of a reason."""
    words = PHRASES[language]
    data = dict(reason.data)
    if "points" in data:
        data["points"] = words.points(data["points"])
    if "amount" in data:
        data["amount"] = words.money(data["amount"], currency)
    return _REASONS[language][reason.code].format(**data)


def gap_words(gap: Gap, language: Language, *, currency: str, zone: ZoneInfo) -> str:
    """What is lacking, in a few words with the number in them."""
    words = PHRASES[language]
    return _GAPS[language][gap.code].format(
        points=words.points(gap.quantity or 0),
        amount=words.money(gap.amount or 0, currency),
        tiers=", ".join(gap.tiers),
        date="" if gap.at is None else words.day(gap.at.astimezone(zone).date()),
    )
