"""Batches of a campaign's codes that staff read, ask for, fill, stop and end; each act is written down."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
import strawberry

from saleor_crm_app.issuing import Imported
from saleor_crm_app.kernel.audit import LONGEST_REASON, Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import BatchId, ProgramId
from saleor_crm_app.kernel.paging import cursor_of, page_of
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Batch
from saleor_crm_app.staff.batch_inputs import (
    CouponBatchCreate,
    CouponBatchCreateInput,
    CouponBatchEnd,
    CouponBatchEndInput,
    CouponBatchImport,
    CouponBatchImportInput,
    CouponBatchPayload,
    CouponBatchResume,
    CouponBatchResumeInput,
    CouponBatchStop,
    CouponBatchStopInput,
)
from saleor_crm_app.staff.batch_types import (
    BATCH_CURSOR,
    CODE_CURSOR,
    CouponBatch,
    CouponBatchCode,
    CouponBatchCodeConnection,
    CouponBatchCodeEdge,
    CouponBatchConnection,
    CouponCodeRejected,
    batch_edge,
)
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import AfterArgument, FirstArgument, given, uuid_of, words_of
from saleor_crm_app.staff.pages import PageInfo, uuid_at
from saleor_crm_app.staff.permissions import ManagesDiscounts

ProgramArgument = Annotated[strawberry.ID, strawberry.argument(description="The program's global id.")]
BatchArgument = Annotated[strawberry.ID, strawberry.argument(description="The batch's global id.")]

Payload = TypeVar("Payload", bound=CouponBatchPayload)


class _Made(msgspec.Struct, frozen=True):
    batch: UUID


class _TakenIn(msgspec.Struct, frozen=True):
    """What is told again to the same key; no code is in it."""

    batch: UUID
    imported: int
    bad: tuple[rewards.importing.BadCode, ...]


@strawberry.type(description="What staff may read of batches of codes.")
class CouponBatchesQuery:
    @strawberry.field(
        permission_classes=[ManagesDiscounts], description="A program's batches of codes, the newest first."
    )
    async def coupon_batches(
        self,
        info: Info,
        program_id: ProgramArgument,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
    ) -> CouponBatchConnection:
        page = page_of(given(first), given(after))
        program = ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId"))
        async with info.context.reading.session() as session:
            found = await coupons.batches.batches_of(
                session, program, most=page.size + 1, before=uuid_at(page, kind=BATCH_CURSOR)
            )
        edges = [batch_edge(one) for one in found[: page.size]]
        cursors = [edge.cursor for edge in edges]
        return CouponBatchConnection(
            edges=edges,
            page_info=PageInfo.of(cursors, has_next=len(found) > page.size, has_previous=page.cursor is not None),
        )

    @strawberry.field(permission_classes=[ManagesDiscounts], description="One batch; null if there is no such one.")
    async def coupon_batch(self, info: Info, id: BatchArgument) -> CouponBatch | None:
        key = _key(id, field="id")
        async with info.context.reading.session() as session:
            found = await coupons.batches.batch_by_id(session, key)
        return None if found is None else CouponBatch.of(found)

    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="A batch's codes in plain, in the order of their making. Whoever has one may use it.",
    )
    async def coupon_batch_codes(
        self,
        info: Info,
        batch_id: BatchArgument,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
    ) -> CouponBatchCodeConnection:
        page, context = page_of(given(first), given(after)), info.context
        async with context.reading.session() as session:
            found = await coupons.batch_codes.codes_of_batch(
                session, _key(batch_id), most=page.size + 1, after=uuid_at(page, kind=CODE_CURSOR)
            )
        edges = [
            CouponBatchCodeEdge(
                node=CouponBatchCode.of(one, context.batches.plain(context.shop, one), context.at),
                cursor=cursor_of(CODE_CURSOR, one.id),
            )
            for one in found[: page.size]
        ]
        cursors = [edge.cursor for edge in edges]
        return CouponBatchCodeConnection(
            edges=edges,
            page_info=PageInfo.of(cursors, has_next=len(found) > page.size, has_previous=page.cursor is not None),
        )


@strawberry.type(description="What staff may do about batches of codes.")
class CouponBatchesMutation:
    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Ask for codes of a campaign, without points; `couponBatch` tells how many are made.",
    )
    async def coupon_batch_create(self, info: Info, input: CouponBatchCreateInput) -> CouponBatchCreate:
        return await _answered(CouponBatchCreate, lambda: _create(info, input))

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts], description="Make no more codes; those that are made stay good."
    )
    async def coupon_batch_stop(self, info: Info, input: CouponBatchStopInput) -> CouponBatchStop:
        act = rewards.batches.stop_batch
        return await _answered(CouponBatchStop, lambda: _change(info, "couponBatchStop", input.batch_id, act))

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Go on making codes where it was stopped.")
    async def coupon_batch_resume(self, info: Info, input: CouponBatchResumeInput) -> CouponBatchResume:
        act = rewards.batches.resume_batch
        return await _answered(CouponBatchResume, lambda: _change(info, "couponBatchResume", input.batch_id, act))

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="End a batch for good: none of its codes is taken any more. Orders that used one stay as they are.",
    )
    async def coupon_batch_end(self, info: Info, input: CouponBatchEndInput) -> CouponBatchEnd:
        act = partial(rewards.batches.end_batch, at=info.context.at)
        reason = input.text
        return await _answered(CouponBatchEnd, lambda: _change(info, "couponBatchEnd", input.batch_id, act, reason))

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Add codes that were made elsewhere. Bad ones are told of, the others are taken in.",
    )
    async def coupon_batch_import(self, info: Info, input: CouponBatchImportInput) -> CouponBatchImport:
        try:
            batch, told = await _import(info, input)
        except Refusal as refusal:
            return CouponBatchImport(batch=None, imported=0, rejected=[], errors=[StaffError.of(refusal)])
        rejected = [CouponCodeRejected.of(one) for one in told.bad]
        return CouponBatchImport(batch=CouponBatch.of(batch), imported=told.imported, rejected=rejected, errors=[])


async def _answered(payload: type[Payload], act: Callable[[], Awaitable[Batch]]) -> Payload:
    try:
        return payload(batch=CouponBatch.of(await act()), errors=[])
    except Refusal as refusal:
        return payload(batch=None, errors=[StaffError.of(refusal)])


async def _create(info: Info, wanted: CouponBatchCreateInput) -> Batch:
    context = info.context
    wish, code = wanted.read(asked_by=context.actor.id)
    reason = _reason(wanted.text)
    async with context.database.shop(context.shop) as session:

        async def act() -> _Made:
            made = await context.batches.create(session, context.shop, wish, code=code, at=context.at)
            line = context.act("couponBatchCreate", subject=_subject(made), after=_plan(made), reason=reason)
            await audit(session, context.shop, line)
            return _Made(batch=made.id)

        done = await once(
            session,
            context.shop,
            owner=context.owner,
            key=wanted.idempotency_key,
            input=["couponBatchCreate", msgspec.to_builtins(wish), code, reason],
            answer=_Made,
            act=act,
        )
        return _there(await coupons.batches.batch_by_id(session, BatchId(done.batch)))


async def _change(
    info: Info,
    name: str,
    batch: str,
    act: Callable[..., Awaitable[Batch]],
    text: str | None = None,
) -> Batch:
    context, key, reason = info.context, _key(batch), _reason(text)
    async with context.database.shop(context.shop) as session:
        before = _there(await coupons.batches.batch_by_id(session, key))
        after = await act(session, context.shop, key)
        line = context.act(
            name, subject=_subject(after), before=_standing(before), after=_standing(after), reason=reason
        )
        await audit(session, context.shop, line)
    return after


async def _import(info: Info, wanted: CouponBatchImportInput) -> tuple[Batch, _TakenIn]:
    context, key = info.context, _key(wanted.batch_id)
    async with context.database.shop(context.shop) as session:

        async def act() -> _TakenIn:
            done = await context.batches.take_in(session, context.shop, key, wanted.codes, at=context.at)
            await audit(session, context.shop, _imported(info, done))
            return _TakenIn(batch=key, imported=len(done.taken), bad=tuple(done.bad))

        told = await once(
            session,
            context.shop,
            owner=context.owner,
            key=wanted.idempotency_key,
            input=["couponBatchImport", str(key), wanted.codes],
            answer=_TakenIn,
            act=act,
        )
        return _there(await coupons.batches.batch_by_id(session, key)), told


def _imported(info: Info, done: Imported) -> Any:  # noqa: ANN401 # what `audit` wants
    after = {"imported": len(done.taken), "rejected": len(done.bad), "wanted": done.batch.wanted}
    return info.context.act("couponBatchImport", subject=_subject(done.batch), after=after)


def _there(found: Batch | None) -> Batch:
    if found is None:
        raise rewards.batch_errors.BatchNotFound
    return found


def _key(text: str, *, field: str = "batchId") -> BatchId:
    return BatchId(uuid_of(text, "CouponBatch", field=field))


def _subject(batch: Batch) -> Subject:
    return Subject("CouponBatch", str(batch.id))


def _plan(batch: Batch) -> dict[str, Any]:
    """What was asked for, as the audit trail keeps it: without codes."""
    return {
        "reward": str(batch.reward),
        "wanted": batch.wanted,
        "is_shared": batch.is_shared,
        "most_uses": batch.most_uses,
        "once_per_customer": batch.once_per_customer,
        "budget": batch.budget,
        "expires_at": None if batch.expires_at is None else batch.expires_at.isoformat(),
    }


def _standing(batch: Batch) -> dict[str, Any]:
    return {"state": batch.state.value, "made": batch.made, "wanted": batch.wanted, "spent": batch.spent}


def _reason(text: str | None) -> str | None:
    words = given(text)
    return None if words is None else words_of(words, field="text", most=LONGEST_REASON)
