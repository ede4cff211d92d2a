"""The sentences of explanations, by language; `{points}` comes with its noun, amounts with their currency."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final = "EN"

SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    ENGLISH: {
        "order": "{points}: {merchandise} merchandise",
        "order.rate": " x {rate_points} per {rate_money}",
        "order.rules": " by the rules of version {version}",
        "order.named": ", {named} returned or refunded",
        "order.paid": ", {paid} of {owed} paid",
        "order.void": "{points}: the order is {status}",
        "order.excluded": "{points}: {why}",
        "order.STAFF": "orders of the shop's own staff earn nothing",
        "order.ATTACHED_LATE": "the order was too old when it got its customer",
        "order.before": "; {target} in all, {posted} before",
        "order.borne": "; {borne} borne by the shop",
        "REDEEM": "{points}: spent",
        "REDEEM.again": "{points}: spent after all, since a refund did not happen",
        "RETURN": "{points}: given back of {redeemed} spent",
        "RETURN.void": "{points}: given back of {redeemed} spent, since the order is {status}",
        "RETURN.refund": "{points}: given back of {redeemed} spent, since {refunded} of {total} was refunded",
        "EXPIRE": "{points}: lapsed unused",
        "SIGN_UP": "{points}: for signing up",
        "BIRTHDAY": "{points}: for the birthday",
        "EVENT": "{points}: for an event of the shop",
        "GOODWILL": "{points}: a courtesy of the shop",
        "STAFF": "{points}: by the shop's staff",
        "REVERSE": "{points}: an entry undone",
        "SETTLEMENT": "{points}: points that became free made up for what was owed",
        "MERGE": "{points}: moved between accounts",
        "rule": " by rule {rule}, version {version}",
        "OTHER": "{points}",
        "DRAFT": "a draft",
        "CANCELED": "cancelled",
        "EXPIRED": "expired",
        "one": "point",
        "few": "points",
        "many": "points",
        "decimal": ".",
    },
    "RU": {
        "order": "{points}: товары на {merchandise}",
        "order.rate": " x {rate_points} за {rate_money}",
        "order.rules": " по правилам версии {version}",
        "order.named": ", возвращено {named}",
        "order.paid": ", оплачено {paid} из {owed}",
        "order.void": "{points}: заказ {status}",
        "order.excluded": "{points}: {why}",
        "order.STAFF": "за заказы сотрудников магазина баллов нет",
        "order.ATTACHED_LATE": "заказ был слишком старым, когда его присоединили к покупателю",
        "order.before": "; всего {target}, раньше {posted}",
        "order.borne": "; {borne} за счёт магазина",
        "REDEEM": "{points}: потрачены",
        "REDEEM.again": "{points}: всё же потрачены, возврат денег не состоялся",
        "RETURN": "{points}: возвращены из {redeemed} потраченных",
        "RETURN.void": "{points}: возвращены из {redeemed} потраченных, заказ {status}",
        "RETURN.refund": "{points}: возвращены из {redeemed} потраченных, возвращено {refunded} из {total}",
        "EXPIRE": "{points}: сгорели неиспользованными",
        "SIGN_UP": "{points}: за регистрацию",
        "BIRTHDAY": "{points}: ко дню рождения",
        "EVENT": "{points}: за событие в магазине",
        "GOODWILL": "{points}: подарок магазина",
        "STAFF": "{points}: изменено сотрудником магазина",
        "REVERSE": "{points}: отмена записи",
        "SETTLEMENT": "{points}: освободившиеся баллы погасили долг",
        "MERGE": "{points}: перенос между счетами",
        "rule": " по правилу {rule} версии {version}",
        "OTHER": "{points}",
        "DRAFT": "в черновиках",
        "CANCELED": "отменён",
        "EXPIRED": "просрочен",
        "one": "балл",
        "few": "балла",
        "many": "баллов",
        "decimal": ",",
    },
}


def words_of(language: str | None) -> Mapping[str, str]:
    """The sentences of a language, by Saleor's code such as `RU` or `PT_BR`; English where there are none."""
    code = (language or ENGLISH).upper().replace("-", "_")
    return SENTENCES.get(code) or SENTENCES.get(code.partition("_")[0]) or SENTENCES[ENGLISH]


def counted(points: int, words: Mapping[str, str]) -> str:
    """Signed points with their noun in the right number."""
    size = abs(points)
    if size % 10 == 1 and size % 100 != 11:
        form = "one"
    elif 2 <= size % 10 <= 4 and not 12 <= size % 100 <= 14:
        form = "few"
    else:
        form = "many"
    if words is SENTENCES[ENGLISH] and size != 1:
        form = "many"
    return f"{points} {words[form]}"
