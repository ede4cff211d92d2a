"""The Saleor versions that the simulated shop can be."""

from enum import StrEnum


class SaleorVersion(StrEnum):
    """A minor version; its value is what `Saleor-Schema-Version` carries."""

    V3_21 = "3.21"
    V3_22 = "3.22"
    V3_23 = "3.23"

    @property
    def full(self) -> str:
        """The patch release, as in the body's `version` and in `shop { version }`."""
        return _PATCHES[self]

    @property
    def user_agent(self) -> str:
        return f"Saleor/{self.value}"

    @property
    def defers_order_payloads(self) -> bool:
        """Whether a worker builds order bodies later, from the order as it reads then."""
        return self >= SaleorVersion.V3_23

    @property
    def tells_apps_of_their_own_life(self) -> bool:
        """Whether an app hears of its own switching off and removal without MANAGE_APPS."""
        return self >= SaleorVersion.V3_23

    @property
    def binds_gift_cards(self) -> bool:
        """Whether a gift card can be assigned to a customer (from 3.23.19 on)."""
        return self >= SaleorVersion.V3_23

    @property
    def manifest_tries(self) -> int:
        """How often a manifest is asked for when the connection fails."""
        return 3 if self >= SaleorVersion.V3_23 else 1


_PATCHES = {
    SaleorVersion.V3_21: "3.21.69",
    SaleorVersion.V3_22: "3.22.67",
    SaleorVersion.V3_23: "3.23.28",
}
NEWEST = SaleorVersion.V3_23
