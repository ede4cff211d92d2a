"""Paying with points at a live checkout: putting them on, and taking them off again."""

from datetime import datetime

import strawberry

from saleor_crm_app.checkout import Applied, Request
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.errors import LoyaltyError
from saleor_crm_app.storefront.money import LoyaltyMoney

_MOST_POINTS = 1_000_000_000


class SignInFirst(Refusal):
    """Guests have no points."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE

    def __init__(self) -> None:
        super().__init__("Sign in to pay with points.")


class NotPoints(Refusal):
    """A number that no points can be."""

    code = LoyaltyErrorCode.INVALID
    field = "points"

    def __init__(self) -> None:
        super().__init__(f"Give a number of points from 1 to {_MOST_POINTS}.")


@strawberry.input(description="Points to pay with at a checkout.")
class PointsApplyToCheckoutInput:
    channel: str = strawberry.field(description="The slug of the checkout's channel.")
    checkout_id: strawberry.ID = strawberry.field(description="The checkout's global id in Saleor.")
    points: int = strawberry.field(description="How many points to spend; in place of those that are on it already.")
    idempotency_key: str = strawberry.field(
        description="A new text for each wish; sent again with the same input it gets the same answer."
    )


@strawberry.input(description="The checkout to take points off.")
class PointsRemoveFromCheckoutInput:
    checkout_id: strawberry.ID = strawberry.field(description="The checkout's global id in Saleor.")
    idempotency_key: str = strawberry.field(description="A new text for each wish.")


@strawberry.type(description="Points that are set aside for a checkout.")
class PointsHold:
    id: strawberry.ID = strawberry.field(description="The hold's global id.")
    points: int = strawberry.field(description="How many points are set aside.")
    expires_at: datetime = strawberry.field(
        description="Then they are given back, unless an order was placed with them."
    )


@strawberry.type(description="Points put on a checkout.")
class PointsApplyToCheckout:
    hold: PointsHold | None = strawberry.field(description="The points that are set aside for it.")
    code: str | None = strawberry.field(
        description="The code that stands for them and is on the checkout already; good for this customer only where "
        "the shop can bind it."
    )
    worth: LoyaltyMoney | None = strawberry.field(description="What they are worth there.")
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")

    @classmethod
    def of(cls, applied: Applied) -> "PointsApplyToCheckout":
        hold = PointsHold(
            id=strawberry.ID(global_id("PointsHold", applied.hold)),
            points=applied.points,
            expires_at=applied.expires_at,
        )
        return cls(hold=hold, code=applied.code, worth=LoyaltyMoney.of(applied.worth), errors=[])


@strawberry.type(description="Points taken off a checkout.")
class PointsRemoveFromCheckout:
    removed: bool = strawberry.field(description="Whether there were any.")
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")


@strawberry.type(description="Paying with points.")
class CheckoutMutation:
    @strawberry.mutation(
        description="Pay with points at the signed-in customer's checkout. Their worth is on the checkout afterwards."
    )
    async def points_apply_to_checkout(
        self,
        info: Info,
        input: PointsApplyToCheckoutInput,
    ) -> PointsApplyToCheckout:
        try:
            wish = _wish(info, input.checkout_id, input.points, input.idempotency_key)
            return PointsApplyToCheckout.of(await info.context.cashier.apply(wish, channel=input.channel))
        except Refusal as refusal:
            return PointsApplyToCheckout(hold=None, code=None, worth=None, errors=[LoyaltyError.of(refusal)])

    @strawberry.mutation(
        description="Take points off the signed-in customer's checkout; they can be spent again at once."
    )
    async def points_remove_from_checkout(
        self,
        info: Info,
        input: PointsRemoveFromCheckoutInput,
    ) -> PointsRemoveFromCheckout:
        try:
            wish = _wish(info, input.checkout_id, 1, input.idempotency_key)
            return PointsRemoveFromCheckout(removed=await info.context.cashier.remove(wish), errors=[])
        except Refusal as refusal:
            return PointsRemoveFromCheckout(removed=False, errors=[LoyaltyError.of(refusal)])


def _wish(info: Info, checkout: str, points: int, key: str) -> Request:
    visit = info.context.require_visit()
    if visit.customer is None:
        raise SignInFirst
    if not 1 <= points <= _MOST_POINTS:
        raise NotPoints
    return Request(
        shop=visit.installation, customer=visit.customer, checkout=checkout, points=points, key=key, at=visit.at
    )
