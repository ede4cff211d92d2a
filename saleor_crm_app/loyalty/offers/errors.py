"""What the offers slice refuses, one class for each reason."""

from datetime import datetime

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class CampaignInvalid(Refusal):
    """Terms of a campaign that cannot be."""

    code = LoyaltyErrorCode.INVALID
    field = "campaign"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This cannot be a campaign: {reason}")


class OfferInvalid(Refusal):
    """Terms of an offer that cannot be."""

    code = LoyaltyErrorCode.INVALID
    field = "offer"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This cannot be an offer: {reason}")


class CampaignNotFound(Refusal):
    """No campaign of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "campaignId"

    def __init__(self) -> None:
        super().__init__("There is no such campaign.")


class OfferNotFound(Refusal):
    """No offer of this shop, or none that this customer is shown, has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "offerId"

    def __init__(self) -> None:
        super().__init__("There is no such offer for you now.")


class CampaignEnded(Refusal):
    """What has ended stays as it was."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "campaignId"

    def __init__(self) -> None:
        super().__init__("This campaign has ended; make another.")


class CampaignEmpty(Refusal):
    """Nothing to show."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "campaignId"

    def __init__(self) -> None:
        super().__init__("Give the campaign an offer before it is published.")


class ChangedMeanwhile(Refusal):
    """Somebody else was faster; `found` is the version that holds now."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "expectedVersion"

    def __init__(self, *, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(f"It is at version {found} by now, not at {expected}; read it again.")


class TooManyOffers(Refusal):
    """More than can be weighed for each customer at once."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "campaignId"

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"A program has at most {most} offers that have not ended; end some first.")


class DecisionUnknown(Refusal):
    """Not a decision about this customer, or one of a day long past."""

    code = LoyaltyErrorCode.EXPIRED
    field = "decisionId"

    def __init__(self) -> None:
        super().__init__("This offer was not made to you lately; ask for your offers again.")


class BadPlacement(Refusal):
    """Not a name that a place in the storefront can have."""

    code = LoyaltyErrorCode.INVALID
    field = "placement"

    def __init__(self) -> None:
        super().__init__("A placement has 1 to 40 of the characters a-z, 0-9, _ and -, such as `home`.")


class NothingToAccept(Refusal):
    """An offer that only tells something."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "offerId"

    def __init__(self) -> None:
        super().__init__("There is nothing to accept about this offer.")


class OfferChanged(Refusal):
    """It brings something else than when it was shown."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "decisionId"

    def __init__(self) -> None:
        super().__init__("This offer has changed meanwhile; look at it again.")


class OfferTaken(Refusal):
    """Accepted as often as one may; `again_at` None: for good."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "offerId"

    def __init__(self, *, again_at: datetime | None) -> None:
        self.again_at = again_at
        super().__init__("You have accepted this offer as often as one may.")


class CampaignBudgetUsedUp(Refusal):
    """The campaign's budget does not cover one more."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "offerId"

    def __init__(self) -> None:
        super().__init__("This offer is used up.")
