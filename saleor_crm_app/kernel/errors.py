"""The family of errors, drawn here once.

CrmError                       something this app decided not to do
├── Refusal                    expected: data for the caller, with a public code and one sentence
│   └── … one class per refusal, in the slice that refuses
├── BadInput                   what arrived can never be used; it is buried with this reason
└── Unavailable                cannot be done now and may be done later; the caller tries again
"""

from enum import StrEnum


class LoyaltyErrorCode(StrEnum):
    """The public codes of refusals, as the GraphQL APIs publish them."""

    NOT_ENOUGH_POINTS = "NOT_ENOUGH_POINTS"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    OVER_ORDER_CAP = "OVER_ORDER_CAP"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    EXPIRED = "EXPIRED"
    LIMIT_REACHED = "LIMIT_REACHED"
    RATE_LIMITED = "RATE_LIMITED"
    PROGRAM_PAUSED = "PROGRAM_PAUSED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    STALE_VERSION = "STALE_VERSION"
    HELD_FOR_REVIEW = "HELD_FOR_REVIEW"
    SHOP_UNAVAILABLE = "SHOP_UNAVAILABLE"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"


class CrmError(Exception):
    """Something this app decided not to do; `str()` is a sentence a user can act on."""


class Refusal(CrmError):
    """An expected no, answered as data: `code` is public, `field` names the input at fault."""

    code: LoyaltyErrorCode
    field: str | None = None


class BadInput(CrmError):
    """What arrived can never be used; the reason is kept with it."""


class Unavailable(CrmError):
    """Cannot be done now; the caller may try again."""
