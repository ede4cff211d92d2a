"""What is refused of batches of codes, one class for each reason."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.loyalty.rewards.terms import RewardKind


class BatchNotFound(Refusal):
    """No batch of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "batchId"

    def __init__(self) -> None:
        super().__init__("There is no such batch of codes.")


class BatchInvalid(Refusal):
    """A batch that cannot be; `field` is what is wrong with it."""

    code = LoyaltyErrorCode.INVALID

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class NotAVoucher(Refusal):
    """The shop has no codes for such a reward."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "rewardId"

    def __init__(self, kind: RewardKind) -> None:
        self.kind = kind
        super().__init__(
            "The shop has no codes for this kind of reward; choose a discount, delivery or a free product."
        )


class CodeTaken(Refusal):
    """Another coupon has this very code, or had it."""

    code = LoyaltyErrorCode.UNIQUE
    field = "code"

    def __init__(self) -> None:
        super().__init__("This code was given out before. Choose another.")


class BatchOver(Refusal):
    """None of its codes is good any more, and none will be."""

    code = LoyaltyErrorCode.INVALID
    field = "batchId"

    def __init__(self) -> None:
        super().__init__("This batch has ended. Make another one.")


class BatchNotRunning(Refusal):
    """There is nothing to stop."""

    code = LoyaltyErrorCode.INVALID
    field = "batchId"

    def __init__(self) -> None:
        super().__init__("No codes are being made for this batch. To make its codes invalid, end it.")


class BatchNotStopped(Refusal):
    """There is nothing to go on with."""

    code = LoyaltyErrorCode.INVALID
    field = "batchId"

    def __init__(self) -> None:
        super().__init__("This batch was not stopped.")


class OneForAll(Refusal):
    """A shared code is the only one of its batch."""

    code = LoyaltyErrorCode.INVALID
    field = "batchId"

    def __init__(self) -> None:
        super().__init__("This batch has one code for all customers. Make another one to import codes into.")


class TooManyCodes(Refusal):
    """A batch has an end."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "codes"

    def __init__(self, *, most: int) -> None:
        self.most = most
        super().__init__(f"A batch has at most {most} codes. Make another one for the rest.")
