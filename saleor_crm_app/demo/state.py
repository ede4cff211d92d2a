"""Everything the simulated shop remembers, and the numbers it gives out."""

import random
import string
from collections import defaultdict
from uuid import UUID

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.catalog import Category, Channel, Collection, Product, Variant
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.deliveries import Delivery
from saleor_crm_app.demo.events import EventLog
from saleor_crm_app.demo.gift_card import GiftCard
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.versions import SaleorVersion
from saleor_crm_app.demo.voucher import Voucher, VoucherCode

_ALPHABET = string.ascii_letters + string.digits


class ShopState:
    """The shop's memory; with the same `seed` it gives out the same ids, keys and tokens."""

    def __init__(self, *, version: SaleorVersion, clock: ShopClock, name: str, seed: int | None = None) -> None:
        self.version = version
        self.clock = clock
        self.name = name
        self.events = EventLog(clock.now)
        self.channels: dict[str, Channel] = {}
        self.categories: dict[int, Category] = {}
        self.collections: dict[int, Collection] = {}
        self.products: dict[int, Product] = {}
        self.variants: list[Variant] = []
        self.users: dict[int, User] = {}
        self.orders: dict[UUID, Order] = {}
        self.checkouts: dict[UUID, Checkout] = {}
        self.vouchers: dict[int, Voucher] = {}
        self.voucher_codes: dict[str, tuple[Voucher, VoucherCode]] = {}
        self.voucher_code_texts: dict[UUID, str] = {}
        self.gift_cards: dict[int, GiftCard] = {}
        self.gift_cards_by_code: dict[str, GiftCard] = {}
        self.apps: dict[int, App] = {}
        self.sent: list[Delivery] = []
        self.fulfillment_allow_unpaid = True
        self.defers_payloads = version.defers_order_payloads
        self._random = random.Random(seed)  # noqa: S311 - a simulation that must be repeatable guards nothing
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self.staff = self.add_staff("admin@example.com", frozenset(Permission))
        self.payment_app = self._add_payment_app()

    def next_number(self, of: str) -> int:
        """Count from 1, for each kind of thing on its own."""
        self._numbers[of] += 1
        return self._numbers[of]

    def new_uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def new_key(self, length: int) -> str:
        """Letters and digits, e.g. 30 of them for an app's token."""
        return "".join(self._random.choices(_ALPHABET, k=length))

    def add_staff(self, email: str, permissions: frozenset[Permission]) -> User:
        """Employ someone; no event, Saleor's STAFF_* ones are not simulated."""
        now = self.clock.now()
        user = User(
            pk=self.next_number("User"),
            email=email,
            date_joined=now,
            updated_at=now,
            token_key=self.new_key(12),
            is_confirmed=True,
            is_staff=True,
            permissions=permissions,
        )
        self.users[user.pk] = user
        return user

    def app_by_token(self, token: str) -> App | None:
        return next((app for app in self.apps.values() if app.is_alive and app.token == token), None)

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users.values() if user.email == email.lower()), None)

    def _add_payment_app(self) -> App:
        """The app that takes money, so that not every event is caused by a person."""
        app = App(
            pk=self.next_number("App"),
            name="Card payments",
            identifier="demo.card-payments",
            permissions=frozenset({Permission.HANDLE_PAYMENTS}),
        )
        self.apps[app.pk] = app
        return app
