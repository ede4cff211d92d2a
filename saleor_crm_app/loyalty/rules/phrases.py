"""The words in which rules are told, in English and Russian: the same keys and the same blanks in both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from saleor_crm_app.kernel.money import MinorUnits, Money


class Language(StrEnum):
    """The languages in which rules are told."""

    EN = "en"
    RU = "ru"


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language: texts with blanks by key, days from Monday on, and how amounts and days are written."""

    texts: Mapping[str, str]
    days: tuple[str, ...]
    points: Callable[[int], str]
    at_most: Callable[[int], str]
    number_of_days: Callable[[int], str]
    orders: Callable[[int], str]
    day: Callable[[date], str]
    decimal_mark: str

    def say(self, key: str, **blanks: object) -> str:
        return self.texts[key].format(**blanks)

    def money(self, minor: int, currency: str) -> str:
        """Such as 7.40 EUR."""
        amount = f"{Money(MinorUnits(minor), currency).amount:f}".replace(".", self.decimal_mark)
        return f"{amount} {currency}"


def _english(one: str) -> Callable[[int], str]:
    return lambda number: f"{number} {one}" if number == 1 else f"{number} {one}s"


def _russian(one: str, few: str, many: str) -> Callable[[int], str]:
    def counted(number: int) -> str:
        if number % 10 == 1 and number % 100 != 11:
            return f"{number} {one}"
        return f"{number} {few if number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14} else many}"

    return counted


def _russian_at_most(number: int) -> str:
    return f"{number} балла" if number % 10 == 1 and number % 100 != 11 else f"{number} баллов"


_ENGLISH: Final = {
    "ORDER": "an order earns",
    "SIGN_UP": "a confirmed account earns",
    "BIRTHDAY": "a birthday earns",
    "EVENT": "the event “{name}” earns",
    "REVIEW": "a review earns",
    "SURVEY": "an answered survey earns",
    "REFERRAL": "a referral earns",
    "PER_AMOUNT": "{points} for each {money}",
    "PER_STEP": "{points} for each full {money}",
    "PER_UNIT": "{points} for each unit",
    "PER_ORDER": "{points} once it is paid in full",
    "FIXED": "{points}",
    "MULTIPLIER": "{percent} % of what other rules give by amount and unit",
    "ALL": " and ",
    "ANY": " or ",
    "NOT": "not ({inner})",
    "CHANNEL": "the channel is {among}",
    "PRODUCT": "the product is {among}",
    "CATEGORY": "the category is {among}",
    "COLLECTION": "the collection is {among}",
    "PRODUCT_TYPE": "the product type is {among}",
    "TIER": "the member's tier is {among}",
    "NTH_ORDER": "it is the customer's order number {among}",
    "EVERY_NTH_ORDER": "it is every {every}. order of the customer",
    "MIN_AMOUNT": "goods for at least {money} are left",
    "FROM": "it is {first} or later",
    "UNTIL": "it is {last} or earlier",
    "BETWEEN": "it is between {first} and {last}",
    "WEEKDAY": "it is {among}",
    "CURRENCY": "the currency is {among}",
    "SEGMENT": "the customer is in the segment {among}",
    "CONSENT": "the customer has agreed to {among}",
    "one_of": " or ",
    "if": "if {condition}",
    "per_order": "at most {points} per order",
    "per_day": "at most {points} per customer and day",
    "per_customer": "at most {points} per customer",
    "budget": "at most {points} in all",
    "alone": "alone in the group “{group}”, priority {priority}",
    "together": "together with others in the group “{group}”, priority {priority}",
    "no_sale": "nothing for what is on sale",
    "shipping": "shipping counts too",
    "excluded": "the program leaves out {what}",
    "excluded_sale": "what is on sale",
    "excluded_products": "the products {among}",
    "excluded_categories": "the categories {among}",
    "excluded_collections": "the collections {among}",
    "excluded_types": "the product types {among}",
    "nothing": "nothing",
    "rule": "“{name}”: {told}.",
    "added": "New: “{name}”: {told}.",
    "removed": "No longer: “{name}”: {told}.",
    "renamed": "“{old}” is now called “{new}”.",
    "now": "“{name}”: {aspect} was: {old}; is now: {new}.",
    "moved": "The rules stand in another order.",
    "exclusions_now": "The program left out {old}; now it leaves out {new}.",
    "same": "Nothing changes.",
    "aspect_when": "the occasion",
    "aspect_then": "the reward",
    "aspect_if": "the condition",
    "aspect_limits": "the limit",
    "aspect_stack": "the group",
    "aspect_exclude": "what counts",
    "none_if": "always",
    "none_limits": "none",
    "none_stack": "none",
    "none_exclude": "goods at any price, without shipping",
}
_RUSSIAN: Final = {
    "ORDER": "заказ приносит",
    "SIGN_UP": "подтверждённая учётная запись приносит",
    "BIRTHDAY": "день рождения приносит",
    "EVENT": "событие «{name}» приносит",
    "REVIEW": "отзыв приносит",
    "SURVEY": "ответ на опрос приносит",
    "REFERRAL": "рекомендация приносит",
    "PER_AMOUNT": "{points} за каждые {money}",
    "PER_STEP": "{points} за каждые полные {money}",
    "PER_UNIT": "{points} за каждую единицу",
    "PER_ORDER": "{points} после полной оплаты",
    "FIXED": "{points}",
    "MULTIPLIER": "{percent} % того, что другие правила дают за сумму и единицы",
    "ALL": " и ",
    "ANY": " или ",
    "NOT": "не ({inner})",
    "CHANNEL": "канал продаж: {among}",
    "PRODUCT": "товар: {among}",
    "CATEGORY": "категория: {among}",
    "COLLECTION": "коллекция: {among}",
    "PRODUCT_TYPE": "тип товара: {among}",
    "TIER": "уровень участника: {among}",
    "NTH_ORDER": "номер заказа покупателя: {among}",
    "EVERY_NTH_ORDER": "это каждый {every}-й заказ покупателя",
    "MIN_AMOUNT": "товаров остаётся не менее чем на {money}",
    "FROM": "дата не раньше {first}",
    "UNTIL": "дата не позже {last}",
    "BETWEEN": "дата с {first} по {last}",
    "WEEKDAY": "день недели: {among}",
    "CURRENCY": "валюта: {among}",
    "SEGMENT": "покупатель в сегменте: {among}",
    "CONSENT": "покупатель дал согласие: {among}",
    "one_of": " или ",
    "if": "если {condition}",
    "per_order": "не более {points} за заказ",
    "per_day": "не более {points} покупателю в день",
    "per_customer": "не более {points} покупателю",
    "budget": "не более {points} всего",
    "alone": "одно в группе «{group}», приоритет {priority}",
    "together": "вместе с другими в группе «{group}», приоритет {priority}",
    "no_sale": "ничего за товары со скидкой",
    "shipping": "доставка тоже учитывается",
    "excluded": "программа не учитывает: {what}",
    "excluded_sale": "товары со скидкой",
    "excluded_products": "товары {among}",
    "excluded_categories": "категории {among}",
    "excluded_collections": "коллекции {among}",
    "excluded_types": "типы товаров {among}",
    "nothing": "ничего",
    "rule": "«{name}»: {told}.",
    "added": "Новое: «{name}»: {told}.",
    "removed": "Больше не действует: «{name}»: {told}.",
    "renamed": "«{old}» теперь называется «{new}».",
    "now": "«{name}»: {aspect}: было: {old}; стало: {new}.",
    "moved": "Правила стоят в другом порядке.",
    "exclusions_now": "Программа не учитывала: {old}; теперь не учитывает: {new}.",
    "same": "Ничего не меняется.",
    "aspect_when": "повод",
    "aspect_then": "награда",
    "aspect_if": "условие",
    "aspect_limits": "предел",
    "aspect_stack": "группа",
    "aspect_exclude": "что учитывается",
    "none_if": "всегда",
    "none_limits": "нет",
    "none_stack": "нет",
    "none_exclude": "товары по любой цене, без доставки",
}

PHRASES: Final = {
    Language.EN: Phrases(
        _ENGLISH,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        _english("point"),
        _english("point"),
        _english("day"),
        _english("order"),
        lambda day: day.isoformat(),
        ".",
    ),
    Language.RU: Phrases(
        _RUSSIAN,
        ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
        _russian("балл", "балла", "баллов"),
        _russian_at_most,
        _russian("день", "дня", "дней"),
        _russian("заказ", "заказа", "заказов"),
        lambda day: day.strftime("%d.%m.%Y"),
        ",",
    ),
}
