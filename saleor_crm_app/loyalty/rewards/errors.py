"""What the rewards slice refuses, one class for each reason."""

from datetime import datetime

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class RewardInvalid(Refusal):
    """Terms that cannot be."""

    code = LoyaltyErrorCode.INVALID
    field = "terms"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This cannot be a reward: {reason}")


class RewardNotFound(Refusal):
    """No reward of this shop, or none on show in this channel, has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "rewardId"

    def __init__(self) -> None:
        super().__init__("There is no such reward.")


class RewardChangedMeanwhile(Refusal):
    """Somebody else was faster; `found` is the version that holds now."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "expectedVersion"

    def __init__(self, *, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(f"The reward is at version {found} by now, not at {expected}; read it again.")


class RewardRetired(Refusal):
    """It is not given any more."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "rewardId"

    def __init__(self) -> None:
        super().__init__("This reward is not given any more.")


class KindFixed(Refusal):
    """What a reward is stays; another kind is another reward."""

    code = LoyaltyErrorCode.INVALID
    field = "terms"

    def __init__(self) -> None:
        super().__init__("What kind of reward it is cannot be changed; retire it and make another.")


class NotClaimable(Refusal):
    """It is given on occasions or by staff only."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "rewardId"

    def __init__(self) -> None:
        super().__init__("This reward cannot be claimed.")


class NotOnShow(Refusal):
    """Its time has not come, or is over."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "rewardId"

    def __init__(self, *, starts_at: datetime | None) -> None:
        self.starts_at = starts_at
        super().__init__(
            "The time of this reward is over."
            if starts_at is None
            else f"This reward can be had from {starts_at:%Y-%m-%d %H:%M} UTC on."
        )


class TierTooLow(Refusal):
    """It is for members of other tiers."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "rewardId"

    def __init__(self, tiers: tuple[str, ...]) -> None:
        self.tiers = tiers
        super().__init__(f"This reward is for members of: {', '.join(tiers)}.")


class OutOfStock(Refusal):
    """All that there were are gone."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "rewardId"

    def __init__(self) -> None:
        super().__init__("This reward is sold out.")


class BudgetUsedUp(Refusal):
    """The shop's money for it is spent or promised."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "rewardId"

    def __init__(self) -> None:
        super().__init__("This reward is sold out.")


class LimitReached(Refusal):
    """The customer has had it as often as one may; `again_at` is when one may again, if ever."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "rewardId"

    def __init__(self, *, times: int, again_at: datetime | None) -> None:
        self.times = times
        self.again_at = again_at
        often = "once" if times == 1 else f"{times} times"
        super().__init__(
            f"You have had this reward {often}, which is as often as one may."
            if again_at is None
            else f"You have had this reward {often}; it can be had again from {again_at:%Y-%m-%d %H:%M} UTC on."
        )


class NotConfirmed(Refusal):
    """The account's e-mail address has not been confirmed, or the shop has not told of the customer yet."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE

    def __init__(self) -> None:
        super().__init__("Confirm your account first.")
