"""How many points a cart can be paid with, and whether a number that was asked for may be spent on it; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from saleor_crm_app.checkout.errors import CheckoutNotFound, NoTender, WorthNothing
from saleor_crm_app.checkout.models import TenderKind
from saleor_crm_app.checkout.preview.buyers import Buyer
from saleor_crm_app.checkout.preview.errors import GuestsHaveNone
from saleor_crm_app.checkout.preview.reasons import Said, Why
from saleor_crm_app.checkout.ways import first_way
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """From `least` to `most` points in steps can be spent; with `most` 0 none, and `why` says what is in the way."""

    least: int
    most: int
    step: int
    why: Said | None = None


def way_of(program: Program, saleor_version: str, buyer: Buyer) -> TenderKind | None:
    """What would stand for points at the checkout; what does already, where there are some on it. None: nothing can."""
    if buyer.tender is not None:
        return buyer.tender.kind
    try:
        return first_way(program, saleor_version)
    except NoTender:
        return None


def room_for(program: Program, buyer: Buyer, *, total: int, way: TenderKind | None) -> Room:
    """What can be spent on a cart of so much goods and shipping, minor units."""
    chosen = program.settings.redemption
    step = chosen.step_points
    least = -(-max(1, chosen.min_points) // step) * step
    most = min(points.most_for_order(program, total), buyer.free_points // step * step)
    why = next(_obstacles(program, buyer, way=way), None)
    if why is None and buyer.free_points < least:
        why = Said(Why.TOO_FEW_POINTS, {"points": buyer.free_points, "least": least})
    elif why is None and most < least:
        why = Said(Why.CART_TOO_SMALL, {"least": least})
    return Room(least=least, most=0 if why else most, step=step, why=why)


def _obstacles(program: Program, buyer: Buyer, *, way: TenderKind | None) -> Iterator[Said]:
    if buyer.customer is None:
        yield Said(Why.SIGN_IN)
    if not buyer.owns_cart:
        yield Said(Why.NOT_ATTACHED)
    if program.paused_at is not None:
        yield Said(Why.PROGRAM_PAUSED)
    if buyer.member is not None and buyer.member.status == "HELD":
        yield Said(Why.UNDER_REVIEW)
    if buyer.member is not None and buyer.member.status not in {"ACTIVE", "HELD"}:
        yield Said(Why.CLOSED)
    if buyer.balance.deficit:
        yield Said(Why.POINTS_OWED, {"points": buyer.balance.deficit})
    if way is None:
        yield Said(Why.NO_WAY)


def refusal_of(program: Program, buyer: Buyer, wanted: int, *, total: int, saleor_version: str) -> Refusal | None:
    """What asking for so many points at the checkout would be answered, or None where they would be put on."""
    try:
        _demand(program, buyer, wanted, total=total, saleor_version=saleor_version)
    except Refusal as refusal:
        return refusal
    return None


def _demand(program: Program, buyer: Buyer, wanted: int, *, total: int, saleor_version: str) -> None:
    if buyer.customer is None:
        raise GuestsHaveNone
    if not buyer.owns_cart:
        raise CheckoutNotFound
    if buyer.tender is None:
        first_way(program, saleor_version)
    points.demand_within_limits(program, wanted, total=total)
    if not program.worth(Points(wanted)).minor:
        raise WorthNothing
    if program.paused_at is not None:
        raise points.errors.ProgramPaused
    if buyer.member is not None and buyer.member.status == "HELD":
        raise points.errors.AccountHeld
    if buyer.member is not None and buyer.member.status != "ACTIVE":
        raise points.errors.AccountClosed
    if buyer.balance.deficit:
        raise points.errors.PointsOwed(deficit=buyer.balance.deficit)
    if wanted > buyer.free_points:
        raise points.errors.NotEnoughPoints(available=buyer.free_points, short_by=wanted - buyer.free_points)
