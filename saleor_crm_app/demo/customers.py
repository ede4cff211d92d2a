"""What customers and staff do with accounts."""

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.gift_cards import GiftCards
from saleor_crm_app.demo.order import OrderStatus
from saleor_crm_app.demo.people import Address, Country, User
from saleor_crm_app.demo.state import ShopState

_SILENT_MATCH_EXCLUDES = frozenset({OrderStatus.DRAFT, OrderStatus.UNCONFIRMED})


class Customers:
    """The acts of Saleor's account API; each fires what Saleor was measured to fire."""

    def __init__(self, state: ShopState, gift_cards: GiftCards) -> None:
        self._state = state
        self._gift_cards = gift_cards
        self._tell = state.events.tell

    def register(self, email: str, *, first_name: str = "", language_code: str = "EN") -> User:
        """Sign up on one's own (`accountRegister`): not confirmed, caused by nobody who is signed in."""
        user = self._add(email, first_name, language_code)
        self._tell(EventType.ACCOUNT_CONFIRMATION_REQUESTED, EventType.CUSTOMER_CREATED, about=user, by=None)
        return user

    def create(self, email: str, *, first_name: str = "", language_code: str = "EN", by: object | None = None) -> User:
        """Be entered by staff or an app (`customerCreate`); not confirmed either."""
        user = self._add(email, first_name, language_code)
        who = by or self._state.staff
        self._tell(EventType.CUSTOMER_CREATED, EventType.CUSTOMER_METADATA_UPDATED, about=user, by=who)
        return user

    def confirm(self, user: User, *, merge_orders: bool = False) -> None:
        """Follow the link in the mail (`confirmAccount`).

        Guest orders come along, without an event, where the operator has switched that on.
        """
        if merge_orders:
            self.attach_guest_orders(user)
        user.is_active = user.is_confirmed = True
        self._touch(user)
        self._tell(EventType.ACCOUNT_CONFIRMED, about=user, by=None)

    def attach_guest_orders(self, user: User) -> None:
        """Give the guest orders of this e-mail to the account: no event, no order's `updated_at` moves.

        Unconfirmed orders are left alone.
        """
        for order in self._state.orders.values():
            is_match = order.user is None and order.user_email == user.email
            if is_match and order.status not in _SILENT_MATCH_EXCLUDES:
                order.user = user

    def update(self, user: User, *, first_name: str | None = None, language_code: str | None = None) -> None:
        """Change the profile (`accountUpdate`), by the customer."""
        user.first_name = user.first_name if first_name is None else first_name
        user.language_code = user.language_code if language_code is None else language_code
        self._touch(user)
        self._tell(EventType.CUSTOMER_UPDATED, about=user, by=user)

    def set_default_address(self, user: User, country: str) -> None:
        """Say which address is the usual one (`accountSetDefaultAddress`), for both kinds."""
        self.edit_default_address(user, country)
        self._tell(EventType.CUSTOMER_UPDATED, about=user, by=user)

    def edit_default_address(self, user: User, country: str) -> None:
        """Correct the usual address itself (`accountAddressUpdate`), of which no event of a customer tells."""
        user.default_shipping_address = user.default_billing_address = Address(Country(country))
        self._touch(user)

    def change_email(self, user: User, email: str) -> None:
        """Take another address (`confirmEmailChange`); guest orders of the new one are attached silently."""
        self._check_is_free(email)
        user.email = email.lower()
        self._touch(user)
        self.attach_guest_orders(user)
        self._tell(EventType.CUSTOMER_UPDATED, EventType.ACCOUNT_EMAIL_CHANGED, about=user, by=user)

    def write_metadata(self, user: User, key: str, value: str, *, by: object | None = None) -> None:
        """Write public metadata, which the customer may do on their own account."""
        user.metadata[key] = value
        self._touch(user)
        self._tell(EventType.CUSTOMER_UPDATED, EventType.CUSTOMER_METADATA_UPDATED, about=user, by=by or user)

    def sign_in_staff(self, user: User) -> None:
        """A member of staff opens the Dashboard, which Saleor reports as a change of a customer."""
        self._touch(user)
        self._tell(EventType.CUSTOMER_UPDATED, EventType.CUSTOMER_METADATA_UPDATED, about=user, by=user)

    def delete_by_staff(self, user: User) -> None:
        """Remove a customer (`customerDelete`); before 3.23 no subscription hears of it."""
        self._remove(user)
        self._tell(EventType.CUSTOMER_DELETED, about=user, by=self._state.staff)

    def delete_self(self, user: User) -> None:
        """Leave (`accountDelete`): ACCOUNT_DELETED only."""
        self._remove(user)
        self._tell(EventType.ACCOUNT_DELETED, about=user, by=user)

    def _add(self, email: str, first_name: str, language_code: str) -> User:
        self._check_is_free(email)
        now = self._state.clock.now()
        user = User(
            pk=self._state.next_number("User"),
            email=email.lower(),
            date_joined=now,
            updated_at=now,
            token_key=self._state.new_key(12),
            first_name=first_name,
            language_code=language_code,
        )
        self._state.users[user.pk] = user
        return user

    def _check_is_free(self, email: str) -> None:
        if self._state.user_by_email(email) is not None:
            raise ShopRefusal("User with this Email already exists.", code="UNIQUE")

    def _touch(self, user: User) -> None:
        user.updated_at = self._state.clock.now()

    def _remove(self, user: User) -> None:
        """Orders stay and lose their customer, as the database does it: silently."""
        self._gift_cards.close_those_of(user)
        user.is_deleted = True
        self._state.users.pop(user.pk)
        for order in self._state.orders.values():
            if order.user is user:
                order.user = None
        for checkout in [one for one in self._state.checkouts.values() if one.user is user]:
            del self._state.checkouts[checkout.pk]
