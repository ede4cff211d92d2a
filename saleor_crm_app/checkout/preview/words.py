"""A preview's reasons in the shopper's words, in English and Russian."""

from collections.abc import Mapping
from typing import Final

import msgspec

from saleor_crm_app.checkout.preview.reasons import Said, Why
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules import PHRASES, Language, PublishedRule, describe

_ENGLISH: Final[Mapping[Why, str]] = {
    Why.GUEST_EARNS: "Members earn this: sign in or create an account.",
    Why.NOT_JOINED: "Join the program to earn this.",
    Why.STAFF: "Orders of the shop's own staff earn nothing.",
    Why.TRIED_OUT: "The program is being tried out and gives no points yet.",
    Why.EARNED_LATER: "The program is paused; the points come when it goes on.",
    Why.SIGN_IN: "Sign in to pay with points.",
    Why.NOT_ATTACHED: "Points can be spent once the checkout belongs to your account.",
    Why.PROGRAM_PAUSED: "The program is paused.",
    Why.UNDER_REVIEW: "Your account is being reviewed.",
    Why.CLOSED: "This account is closed.",
    Why.POINTS_OWED: "{points} have to be earned again first.",
    Why.NO_WAY: "Points cannot pay in this shop yet.",
    Why.ANOTHER_CODE: "Another code is on this cart; remove it to pay with points.",
    Why.TOO_FEW_POINTS: "You have {points}; at least {least} have to be spent at once.",
    Why.CART_TOO_SMALL: "This cart is too small: at least {least} have to be spent at once.",
    Why.TAKES_OFF: "It takes {amount} off.",
    Why.MOST_OFF: "It takes most off: {amount}.",
    Why.ENDS_FIRST: "It takes {amount} off, as another does, and ends first: on {at}.",
    Why.CODE_TAKES_OFF: "This code takes {amount} off.",
    Why.CODE_LACKS: "This code is good, but takes nothing off this cart yet.",
    Why.NO_CODE: "This is no loyalty code that you can use. Any other code of the shop is judged at the checkout.",
}
_RUSSIAN: Final[Mapping[Why, str]] = {
    Why.GUEST_EARNS: "Это получают участники: войдите или зарегистрируйтесь.",
    Why.NOT_JOINED: "Вступите в программу, чтобы получить эти баллы.",
    Why.STAFF: "За заказы сотрудников магазина баллов нет.",
    Why.TRIED_OUT: "Программа испытывается и пока не даёт баллов.",
    Why.EARNED_LATER: "Программа приостановлена; баллы придут, когда она продолжится.",
    Why.SIGN_IN: "Войдите, чтобы платить баллами.",
    Why.NOT_ATTACHED: "Баллы можно потратить, когда заказ привязан к вашей учётной записи.",
    Why.PROGRAM_PAUSED: "Программа приостановлена.",
    Why.UNDER_REVIEW: "Ваш счёт проверяется.",
    Why.CLOSED: "Этот счёт закрыт.",
    Why.POINTS_OWED: "Сначала нужно снова накопить {points}.",
    Why.NO_WAY: "В этом магазине пока нельзя платить баллами.",
    Why.ANOTHER_CODE: "В корзине уже есть другой код; уберите его, чтобы платить баллами.",
    Why.TOO_FEW_POINTS: "У вас {points}; за раз нужно потратить не менее {least}.",
    Why.CART_TOO_SMALL: "Корзина слишком мала: за раз нужно потратить не менее {least}.",
    Why.TAKES_OFF: "Даёт скидку {amount}.",
    Why.MOST_OFF: "Даёт самую большую скидку: {amount}.",
    Why.ENDS_FIRST: "Даёт скидку {amount}, как и другой купон, но истекает раньше: {at}.",
    Why.CODE_TAKES_OFF: "Этот код даёт скидку {amount}.",
    Why.CODE_LACKS: "Код действует, но к этой корзине пока не подходит.",
    Why.NO_CODE: "Это не код программы, который вы можете использовать. Прочие коды магазина проверит касса.",
}
_SENTENCES: Final = {Language.EN: _ENGLISH, Language.RU: _RUSSIAN}
_CLAIM: Final = {
    Language.EN: "Claim “{name}” ({points}) to save {amount}",
    Language.RU: "Получите «{name}» ({points}) и сэкономьте {amount}",
}
_CLAIM_FREE: Final = {
    Language.EN: "Claim “{name}” to save {amount}",
    Language.RU: "Получите «{name}» и сэкономьте {amount}",
}


def sentence(said: Said, language: Language, program: Program) -> str:
    """The sentence of a reason."""
    words = PHRASES[language]
    data = dict(said.data)
    if "points" in data:
        data["points"] = words.points(data["points"])
    if "least" in data:
        data["least"] = words.at_most(data["least"])
    if "amount" in data:
        data["amount"] = words.money(data["amount"], program.currency)
    if "at" in data:
        data["at"] = words.day(data["at"].astimezone(program.zone).date())
    return _SENTENCES[language][said.why].format(**data)


def claim_words(name: str, points: int, amount: int, *, language: Language, currency: str) -> str:
    """Such as: Claim “5 off” (500 points) to save 5.00 EUR."""
    words = PHRASES[language]
    phrase = (_CLAIM if points else _CLAIM_FREE)[language]
    return phrase.format(name=name, points=words.points(points), amount=words.money(amount, currency))


def rule_words(rule: PublishedRule, language: Language, program: Program) -> str:
    """A rule as it is told, without its condition: here it holds."""
    return describe(msgspec.structs.replace(rule, condition=None), language, currency=program.currency)
