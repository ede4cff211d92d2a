"""The people of the shop: customers and staff."""

from dataclasses import dataclass, field
from datetime import datetime

from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.permissions import Permission


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its code."""

    code: str


@dataclass(frozen=True, slots=True)
class Address:
    """Of an address only the country is kept here."""

    country: Country


@dataclass(slots=True, eq=False, kw_only=True)
class User(Node):
    """A customer or a member of staff; `token_key` is what dies with a change of password."""

    kind = "User"
    pk: int
    email: str
    date_joined: datetime
    updated_at: datetime
    token_key: str
    first_name: str = ""
    last_name: str = ""
    language_code: str = "EN"
    is_active: bool = True
    is_confirmed: bool = False
    is_staff: bool = False
    is_deleted: bool = False
    external_reference: str | None = None
    default_shipping_address: Address | None = None
    default_billing_address: Address | None = None
    permissions: frozenset[Permission] = frozenset()
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)
