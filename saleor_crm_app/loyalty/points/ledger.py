"""The only writer of the ledger: opens and locks accounts, and writes a journal set-wise."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId, ProgramId, ShardKey, new_id, shard_key
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, OrderPosting
from saleor_crm_app.loyalty.points.locks import LOCK_ACCOUNTS, LOCK_ACCOUNTS_BY_ID
from saleor_crm_app.loyalty.points.models import AccountStatus, AllocationRow, EntryRow, LotRow, LotTermRow

Owner = tuple[CustomerId, ProgramId]

_OPEN = sa.text(
    """
    INSERT INTO account (installation_id, shard_key, id, customer_id, program_id, opened_at)
    SELECT :installation, shard, id, customer, program, :at
    FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[]), CAST(:customers AS text[]),
                CAST(:programs AS uuid[])) AS rows (shard, id, customer, program)
    ORDER BY shard, customer, program
    ON CONFLICT (installation_id, shard_key, customer_id, program_id) DO NOTHING
    RETURNING id, shard_key, customer_id, program_id, balance, deficit, last_seq, head, status, last_active_at
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)), sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def open_accounts(
    session: AsyncSession, installation: InstallationId, owners: Collection[Owner], *, at: datetime
) -> dict[Owner, OpenAccount]:
    """Lock the accounts of these owners, opening those that do not exist yet."""
    wanted = sorted((shard_key(installation, owner[0]), *owner) for owner in set(owners))
    found = _accounts(await session.execute(LOCK_ACCOUNTS, _keys(installation, wanted)))
    missing = [key for key in wanted if key[1:] not in found]
    if missing:
        fresh = {"ids": [new_id() for _ in missing], "at": at}
        found |= _accounts(await session.execute(_OPEN, _keys(installation, missing) | fresh))
    if len(found) < len(wanted):  # another worker has opened some meanwhile
        found = _accounts(await session.execute(LOCK_ACCOUNTS, _keys(installation, wanted)))
    return found


def _keys(installation: InstallationId, owners: Collection[tuple[ShardKey, CustomerId, ProgramId]]) -> dict[str, Any]:
    return {
        "installation": installation,
        "shards": [shard for shard, _, _ in owners],
        "customers": [customer for _, customer, _ in owners],
        "programs": [program for _, _, program in owners],
    }


def _accounts(rows: Iterable[Sequence[Any]]) -> dict[Owner, OpenAccount]:
    return {
        (customer, program): OpenAccount(
            id=key,
            shard=shard,
            customer=customer,
            program=program,
            balance=balance,
            deficit=deficit,
            last_seq=last_seq,
            head=head,
            status=AccountStatus(status),
            last_active_at=last_active,
        )
        for key, shard, customer, program, balance, deficit, last_seq, head, status, last_active in rows
    }


async def lock_accounts(
    session: AsyncSession, installation: InstallationId, accounts: Collection[tuple[ShardKey, AccountId]]
) -> dict[AccountId, OpenAccount]:
    """Lock accounts by their keys; those that are not there are not in the answer."""
    keys = {
        "installation": installation,
        "shards": [shard for shard, _ in accounts],
        "accounts": [account for _, account in accounts],
    }
    locked = _accounts(await session.execute(LOCK_ACCOUNTS_BY_ID, keys))
    return {account.id: account for account in locked.values()}


async def write(session: AsyncSession, journal: Journal) -> None:
    """Write a journal: at most eight statements, whatever its size."""
    await insert_rows(session, EntryRow.__table__, journal.entries)
    await insert_rows(session, AllocationRow.__table__, journal.allocations)
    await _write_lots(session, journal)
    await insert_rows(session, LotTermRow.__table__, journal.terms)
    await _write_orders(session, journal)
    await _write_redemptions(session, journal)
    await _write_accounts(session, journal)


_TIMES = ARRAY(sa.DateTime(timezone=True))
_UPDATE_LOTS = sa.text(
    """
    UPDATE lot SET granted = new.granted, remaining = new.remaining, activates_at = new.activates,
                   expires_at = new.expires, terms = new.terms, held = new.held
    FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[]), CAST(:granted AS bigint[]),
                CAST(:remaining AS bigint[]), CAST(:activates AS timestamptz[]),
                CAST(:expires AS timestamptz[]), CAST(:terms AS int[]), CAST(:held AS bigint[]))
      AS new (shard, id, granted, remaining, activates, expires, terms, held)
    WHERE lot.installation_id = :installation AND lot.shard_key = new.shard AND lot.id = new.id
    """
).bindparams(sa.bindparam("activates", type_=_TIMES), sa.bindparam("expires", type_=_TIMES))


async def _write_lots(session: AsyncSession, journal: Journal) -> None:
    fresh = [
        {
            "installation_id": journal.installation,
            "shard_key": account.shard,
            "id": lot.id,
            "account_id": account.id,
            "order_id": lot.order,
            "granted": lot.granted,
            "remaining": lot.remaining,
            "activates_at": lot.terms.activates_at,
            "expires_at": lot.terms.expires_at,
            "terms": lot.terms_known,
            "held": lot.held,
            "source": lot.source.value,
            "origin_lot": lot.origin,
            "cost_center": lot.cost_center,
        }
        for account, lot in journal.lots.values()
        if lot.fresh
    ]
    await insert_rows(session, LotRow.__table__, fresh)
    changed = [(account, lot) for account, lot in journal.lots.values() if not lot.fresh]
    if changed:
        await session.execute(
            _UPDATE_LOTS,
            {
                "installation": journal.installation,
                "shards": [account.shard for account, _ in changed],
                "ids": [lot.id for _, lot in changed],
                "granted": [lot.granted for _, lot in changed],
                "remaining": [lot.remaining for _, lot in changed],
                "activates": [lot.terms.activates_at for _, lot in changed],
                "expires": [lot.terms.expires_at for _, lot in changed],
                "terms": [lot.terms_known for _, lot in changed],
                "held": [lot.held for _, lot in changed],
            },
        )


_WRITE_ORDERS = sa.text(
    """
    INSERT INTO order_points (installation_id, shard_key, order_id, account_id, lot_id, posted, taken_back,
                              postings, forgiven, reversed, version, context)
    SELECT :installation, * FROM unnest(
        CAST(:shards AS bigint[]), CAST(:orders AS uuid[]), CAST(:accounts AS uuid[]), CAST(:lots AS uuid[]),
        CAST(:posted AS bigint[]), CAST(:taken AS bigint[]), CAST(:postings AS int[]),
        CAST(:forgiven AS bigint[]), CAST(:reversed AS bigint[]), CAST(:versions AS int[]),
        CAST(CAST(:contexts AS text[]) AS jsonb[]))
    ON CONFLICT (installation_id, shard_key, order_id) DO UPDATE SET
        posted = excluded.posted, taken_back = excluded.taken_back, postings = excluded.postings,
        forgiven = excluded.forgiven, reversed = excluded.reversed, version = excluded.version,
        context = excluded.context
    """
)


async def _write_orders(session: AsyncSession, journal: Journal) -> None:
    rows = list(journal.orders.values())
    if not rows:
        return
    await session.execute(
        _WRITE_ORDERS,
        {
            "installation": journal.installation,
            "shards": [account.shard for account, _ in rows],
            "orders": [posting.order for _, posting in rows],
            "accounts": [account.id for account, _ in rows],
            "lots": [posting.lot.id for _, posting in rows],
            "posted": [posting.posted for _, posting in rows],
            "taken": [posting.taken_back for _, posting in rows],
            "postings": [posting.postings for _, posting in rows],
            "forgiven": [posting.forgiven for _, posting in rows],
            "reversed": [posting.reversed for _, posting in rows],
            "versions": [posting.version for _, posting in rows],
            "contexts": [_context(posting) for _, posting in rows],
        },
    )


def _context(posting: OrderPosting) -> str | None:
    context: dict[str, object] = {}
    if posting.budgets:
        context["budgets"] = posting.budgets
    if posting.segments is not None:
        context["segments"] = sorted(posting.segments)
    return msgspec.json.encode(context).decode() if context else None


_WRITE_REDEMPTIONS = sa.text(
    """
    INSERT INTO redemption (installation_id, shard_key, id, account_id, order_id, points, returned, postings,
                            redeemed_at)
    SELECT :installation, * FROM unnest(
        CAST(:shards AS bigint[]), CAST(:ids AS uuid[]), CAST(:accounts AS uuid[]), CAST(:orders AS uuid[]),
        CAST(:points AS bigint[]), CAST(:returned AS bigint[]), CAST(:postings AS int[]),
        CAST(:times AS timestamptz[]))
    ON CONFLICT (installation_id, shard_key, id) DO UPDATE SET
        returned = excluded.returned, postings = excluded.postings
    """
).bindparams(sa.bindparam("times", type_=_TIMES))


async def _write_redemptions(session: AsyncSession, journal: Journal) -> None:
    rows = list(journal.redemptions.values())
    if not rows:
        return
    await session.execute(
        _WRITE_REDEMPTIONS,
        {
            "installation": journal.installation,
            "shards": [account.shard for account, _ in rows],
            "ids": [spent.id for _, spent in rows],
            "accounts": [account.id for account, _ in rows],
            "orders": [spent.order for _, spent in rows],
            "points": [spent.points for _, spent in rows],
            "returned": [spent.returned for _, spent in rows],
            "postings": [spent.postings for _, spent in rows],
            "times": [spent.redeemed_at for _, spent in rows],
        },
    )


_UPDATE_ACCOUNTS = sa.text(
    """
    UPDATE account SET balance = new.balance, deficit = new.deficit, last_seq = new.seq, head = new.head,
                       status = new.status, last_active_at = new.active
    FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[]), CAST(:balances AS bigint[]),
                CAST(:deficits AS bigint[]), CAST(:seqs AS bigint[]), CAST(:heads AS bytea[]),
                CAST(:statuses AS text[]), CAST(:active AS timestamptz[]))
      AS new (shard, id, balance, deficit, seq, head, status, active)
    WHERE account.installation_id = :installation AND account.shard_key = new.shard AND account.id = new.id
    """
).bindparams(sa.bindparam("active", type_=_TIMES))


async def _write_accounts(session: AsyncSession, journal: Journal) -> None:
    accounts = list(journal.accounts.values())
    if not accounts:
        return
    await session.execute(
        _UPDATE_ACCOUNTS,
        {
            "installation": journal.installation,
            "shards": [account.shard for account in accounts],
            "ids": [account.id for account in accounts],
            "balances": [account.balance for account in accounts],
            "deficits": [account.deficit for account in accounts],
            "seqs": [account.last_seq for account in accounts],
            "heads": [account.head for account in accounts],
            "statuses": [account.status.value for account in accounts],
            "active": [account.last_active_at for account in accounts],
        },
    )
