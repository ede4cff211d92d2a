"""What facts refuse."""

from datetime import datetime

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class CustomerUnknown(Refusal):
    """The shop has no such customer, or has not told of them yet."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "customerId"

    def __init__(self) -> None:
        super().__init__("There is no such customer.")


class FactUnknown(Refusal):
    """Nobody has told a fact of this name."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "name"

    def __init__(self) -> None:
        super().__init__("No such fact has been told of this customer.")


class FactIsCounted(Refusal):
    """The name is that of an event, which is counted and not told."""

    code = LoyaltyErrorCode.INVALID
    field = "name"

    def __init__(self) -> None:
        super().__init__("That is the name of an event, which is counted; choose another.")


class FactIsOlder(Refusal):
    """A newer value is known; it stays."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "observedAt"

    def __init__(self, observed_at: datetime) -> None:
        self.observed_at = observed_at
        super().__init__(f"A value of {observed_at:%Y-%m-%d %H:%M} UTC is known, which is newer.")
