"""The statements about installations: finding one across shops, writing one as its own shop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.saleor.installations import CertificateRow, Installation, InstallationRow, InstallationState

JWKS_COOL_DOWN: Final = timedelta(seconds=60)
SYNC_COOL_DOWN: Final = timedelta(seconds=60)
_TRIES: Final = 3

_READ = sa.select(
    InstallationRow.id,
    InstallationRow.api_url,
    InstallationRow.app_id,
    InstallationRow.token,
    InstallationRow.saleor_version,
    InstallationRow.state,
    InstallationRow.paused_reason,
    InstallationRow.paused_at,
    InstallationRow.jwks,
    InstallationRow.jwks_fetched_at,
    InstallationRow.storefront_origins,
    InstallationRow.sandbox,
    InstallationRow.clock_offset,
)
_BY_ID = _READ.where(InstallationRow.id == sa.bindparam("id"))
_BY_API_URL = _READ.where(InstallationRow.api_url == sa.bindparam("api_url"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a successful hand-shake proved; `token` is sealed for this very installation."""

    api_url: str
    app_id: str
    token: bytes
    shop_name: str
    saleor_version: str
    jwks: dict[str, Any]


@contextmanager
def or_unavailable() -> Iterator[None]:
    """Say Unavailable where the database does not answer."""
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise Unavailable("The database does not answer now") from error


async def read_by_id(session: AsyncSession, installation: InstallationId) -> Installation | None:
    row = (await session.execute(_BY_ID, {"id": installation})).one_or_none()
    return None if row is None else _installation(row)


async def read_by_api_url(session: AsyncSession, api_url: str) -> Installation | None:
    row = (await session.execute(_BY_API_URL, {"api_url": api_url})).one_or_none()
    return None if row is None else _installation(row)


async def all_installations(database: Database) -> list[Installation]:
    """Every shop, by API URL."""
    async with database.intake() as session:
        rows = (await session.execute(_READ.order_by(InstallationRow.api_url))).all()
    return [_installation(row) for row in rows]


async def keep_registration(
    database: Database, api_url: str, registration: Callable[[InstallationId], Registration]
) -> InstallationId:
    """Write a new shop, or over a known one: its ledger, settings and first day of installation stay.

    `registration` seals for the installation it is given. Raises Unavailable; nothing was changed then.
    """
    with or_unavailable():
        for _ in range(_TRIES):
            async with database.intake() as session:
                known = await read_by_api_url(session, api_url)
            installation = InstallationId(new_id()) if known is None else known.id
            try:
                async with database.shop(installation) as session:
                    await _save_registration(session, installation, registration(installation))
            except IntegrityError:
                continue  # somebody else registered this shop just now: now it is known
            return installation
    raise Unavailable("This shop is being registered by somebody else")


async def _save_registration(session: AsyncSession, installation: InstallationId, registration: Registration) -> None:
    told = {
        "app_id": registration.app_id,
        "token": registration.token,
        "shop_name": registration.shop_name,
        "saleor_version": registration.saleor_version,
        "jwks": registration.jwks,
        "state": InstallationState.ACTIVE.value,
        "paused_reason": None,
        "paused_at": None,
        "jwks_fetched_at": sa.func.clock_timestamp(),
        "jwks_tried_at": sa.func.clock_timestamp(),
        "registered_at": sa.func.clock_timestamp(),
    }
    first = {"id": installation, "api_url": registration.api_url, "installed_at": sa.func.clock_timestamp()}
    statement = insert(InstallationRow).values(**told, **first)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=told))


async def claim_jwks_refresh(session: AsyncSession, installation: InstallationId) -> bool:
    """Whether this caller, of all processes, may ask the shop for its keys now; measured by the database's clock."""
    claimed = await session.execute(
        sa.update(InstallationRow)
        .where(
            InstallationRow.id == installation,
            InstallationRow.jwks_tried_at <= sa.func.clock_timestamp() - JWKS_COOL_DOWN,
        )
        .values(jwks_tried_at=sa.func.clock_timestamp())
        .returning(InstallationRow.id)
    )
    return claimed.one_or_none() is not None


async def save_jwks(session: AsyncSession, installation: InstallationId, jwks: dict[str, Any]) -> None:
    await session.execute(
        sa.update(InstallationRow)
        .where(InstallationRow.id == installation)
        .values(jwks=jwks, jwks_fetched_at=sa.func.clock_timestamp())
    )


async def save_state(
    session: AsyncSession, installation: InstallationId, *, state: InstallationState, reason: str | None
) -> None:
    await session.execute(
        sa.update(InstallationRow)
        .where(InstallationRow.id == installation)
        .values(
            state=state.value,
            paused_reason=reason,
            paused_at=sa.func.clock_timestamp() if state is InstallationState.PAUSED else None,
        )
    )


async def state_of(session: AsyncSession, installation: InstallationId) -> tuple[str, str | None]:
    """Global id of our app in the shop, and why the shop is paused, if it is."""
    columns = sa.select(InstallationRow.app_id, InstallationRow.paused_reason)
    row = (await session.execute(columns.where(InstallationRow.id == installation))).one()
    return row.app_id, row.paused_reason


async def set_storefront_origins(database: Database, installation: InstallationId, origins: Sequence[str]) -> None:
    """Say from which web origins the shop's storefronts call."""
    async with database.shop(installation) as session:
        await session.execute(
            sa.update(InstallationRow)
            .where(InstallationRow.id == installation)
            .values(storefront_origins=list(origins))
        )


async def keep_certificate(session: AsyncSession, shop: Installation, content: dict[str, Any]) -> None:
    """Write what stays of a shop whose books are about to go."""
    await session.execute(
        insert(CertificateRow).values(
            id=new_id(),
            installation_id=shop.id,
            api_url=shop.api_url,
            made_at=sa.func.clock_timestamp(),
            content=content,
        )
    )


async def purge(session: AsyncSession) -> bool:
    """Delete every row of the session's own shop, which must be paused; says whether it was."""
    return bool((await session.execute(sa.text("SELECT purge_installation()"))).scalar_one())


async def claim_sync(database: Database, installation: InstallationId) -> bool:
    """Whether this worker, of all, may compare the shop's webhooks with ours now."""
    async with database.shop(installation) as session:
        claimed = await session.execute(
            sa.update(InstallationRow)
            .where(
                InstallationRow.id == installation,
                sa.or_(
                    InstallationRow.synced_at.is_(None),
                    InstallationRow.synced_at <= sa.func.clock_timestamp() - SYNC_COOL_DOWN,
                ),
            )
            .values(synced_at=sa.func.clock_timestamp())
            .returning(InstallationRow.id)
        )
        return claimed.one_or_none() is not None


async def replace_token(database: Database, installation: InstallationId, *, old: bytes, new: bytes) -> bool:
    """Put one sealed token in the place of another, unless a third one came meanwhile."""
    async with database.shop(installation) as session:
        replaced = await session.execute(
            sa.update(InstallationRow)
            .where(InstallationRow.id == installation, InstallationRow.token == old)
            .values(token=new)
            .returning(InstallationRow.id)
        )
        return replaced.one_or_none() is not None


async def save_version(database: Database, installation: InstallationId, saleor_version: str) -> None:
    """Note that the shop was upgraded."""
    async with database.shop(installation) as session:
        await session.execute(
            sa.update(InstallationRow).where(InstallationRow.id == installation).values(saleor_version=saleor_version)
        )


async def move_clock(database: Database, installation: InstallationId, *, by: timedelta) -> None:
    """Move a shop's business time; that makes it a sandbox for good."""
    async with database.shop(installation) as session:
        await session.execute(
            sa.update(InstallationRow)
            .where(InstallationRow.id == installation)
            .values(sandbox=True, clock_offset=InstallationRow.clock_offset + by)
        )


def _installation(row: sa.Row[Any]) -> Installation:
    return Installation(
        id=InstallationId(row.id),
        api_url=row.api_url,
        app_id=row.app_id,
        token=row.token,
        saleor_version=row.saleor_version,
        state=InstallationState(row.state),
        paused_reason=row.paused_reason,
        paused_at=row.paused_at,
        jwks=row.jwks,
        jwks_fetched_at=row.jwks_fetched_at,
        storefront_origins=tuple(row.storefront_origins),
        sandbox=row.sandbox,
        clock_offset=row.clock_offset,
    )
