"""What staff hand in about batches of codes, and what they are answered."""

from datetime import datetime

import strawberry

from saleor_crm_app.loyalty import rewards
from saleor_crm_app.staff.batch_types import CouponBatch, CouponCodeRejected
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, given, instant
from saleor_crm_app.staff.rewards import reward_key
from saleor_crm_app.staff.scalars import BigInt

_TEXT = "Why, in your words; staff read it in the audit trail."
_KEY = "A new text for each wish; sent again with the same input it is done once."


@strawberry.input(description="One code for all customers.")
class CouponBatchSharedInput:
    code: str | None = strawberry.field(
        default=None, description="The code, such as SPRING10: 3 to 255 letters and digits; null to have one made."
    )
    most_uses: int | None = strawberry.field(
        default=None, description="How many orders may use it; null means any number."
    )


@strawberry.input(description="Codes to make for a campaign: `quantity` single-use ones, or one `shared` by all.")
class CouponBatchCreateInput:
    reward_id: strawberry.ID = strawberry.field(
        description="The reward whose effect they have, as it is now; its points, stock and budget do not matter."
    )
    name: str = strawberry.field(description="A name of 1 to 100 characters; shoppers see it at the checkout.")
    quantity: int | None = strawberry.field(
        default=None, description="How many single-use codes, 1 to 100,000; 0 where you want to import your own."
    )
    shared: CouponBatchSharedInput | None = strawberry.field(default=None, description="One code for all customers.")
    prefix: str | None = strawberry.field(
        default=None, description="What codes that are made begin with: 1 to 20 capital letters or digits."
    )
    once_per_customer: bool = strawberry.field(
        default=False, description="Whether a customer may use one of the codes only once, by the e-mail address."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when the codes are good; null means until you end the batch."
    )
    budget: BigInt | None = strawberry.field(
        default=None,
        description="In minor units: when orders were given so much it ends, and at 80 percent you are warned.",
    )
    text: str | None = strawberry.field(default=None, description=_TEXT)
    idempotency_key: str = strawberry.field(description=_KEY)

    def read(self, *, asked_by: str) -> tuple[rewards.batches.BatchWish, str | None]:
        """The wish, and the code for all where one was given.

        Raises BadInputField.
        """
        quantity, shared = given(self.quantity), given(self.shared)
        if (quantity is None) == (shared is None):
            raise BadInputField("quantity", "Ask for a number of single-use codes, or for one code for all customers.")
        budget = given(self.budget)
        wish = rewards.batches.BatchWish(
            reward=reward_key(self.reward_id),
            name=self.name.strip(),
            quantity=1 if quantity is None else quantity,
            prefix=given(self.prefix) or "",
            is_shared=shared is not None,
            most_uses=None if shared is None else given(shared.most_uses),
            once_per_customer=self.once_per_customer,
            expires_at=instant(self.expires_at),
            budget=None if budget is None else int(budget),
            asked_by=asked_by,
        )
        return wish, None if shared is None else given(shared.code)


@strawberry.input(description="A batch to stop making codes of.")
class CouponBatchStopInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch's global id.")


@strawberry.input(description="A batch to go on making codes of.")
class CouponBatchResumeInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch's global id.")


@strawberry.input(description="A batch to end for good.")
class CouponBatchEndInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="Codes that were made elsewhere.")
class CouponBatchImportInput:
    batch_id: strawberry.ID = strawberry.field(description="The batch's global id.")
    codes: list[str] = strawberry.field(description="1 to 500 codes.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.type(description="A batch that something was done about.")
class CouponBatchPayload:
    batch: CouponBatch | None = strawberry.field(description="The batch as it is now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A batch that was asked for; its codes are made soon.")
class CouponBatchCreate(CouponBatchPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A batch that was stopped; the codes that are made stay good.")
class CouponBatchStop(CouponBatchPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A batch that goes on.")
class CouponBatchResume(CouponBatchPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A batch that has ended; within moments the shop takes none of its codes any more.")
class CouponBatchEnd(CouponBatchPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="Codes that were imported; they are put into the shop soon.")
class CouponBatchImport(CouponBatchPayload):
    imported: int = strawberry.field(description="How many were taken in.")
    rejected: list[CouponCodeRejected] = strawberry.field(
        description="Those that were not, and why. What the shop has for something else is seen later, in `codes`."
    )
