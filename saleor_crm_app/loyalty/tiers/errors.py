"""What a shop's staff cannot do with tiers."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class BadLadder(Refusal):
    """A ladder that cannot be used."""

    code = LoyaltyErrorCode.INVALID

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class StaleLadder(Refusal):
    """Somebody else has changed the ladder meanwhile."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "expectedVersion"

    def __init__(self, *, expected: int, version: int) -> None:
        self.expected = expected
        self.version = version
        super().__init__(f"The tiers were changed meanwhile: version {version} is live, not {expected}. Look again.")


class NoLadder(Refusal):
    """The program has no tiers."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "memberId"

    def __init__(self) -> None:
        super().__init__("This member's program has no tiers.")


class NoSuchTier(Refusal):
    """The program's ladder has no tier of this code."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "tier"

    def __init__(self, tier: str) -> None:
        self.tier = tier
        super().__init__("This member's program has no such tier.")


class ProtectedPast(Refusal):
    """A protection that would be over already, or last for ever."""

    code = LoyaltyErrorCode.INVALID
    field = "until"

    def __init__(self) -> None:
        super().__init__("Protect until a moment between now and ten years from now.")
