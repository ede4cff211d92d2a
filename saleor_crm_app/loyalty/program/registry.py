"""Finds the program of a channel; the first order in a new currency gets the currency's default program."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, ProgramId, new_id
from saleor_crm_app.kernel.money import MinorUnits, Money, Points
from saleor_crm_app.loyalty.program import defaults
from saleor_crm_app.loyalty.program.defaults import Rate
from saleor_crm_app.loyalty.program.models import ProgramChannelRow, ProgramRow
from saleor_crm_app.loyalty.program.pauses import Pause
from saleor_crm_app.loyalty.program.settings import DEFAULT_SETTINGS, Inactivity, Period, ProgramSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program as its readers need it."""

    id: ProgramId
    name: str
    currency: str
    zone: ZoneInfo
    version: int
    earn: Rate
    burn: Rate
    confirm_after_days: int
    earn_staff_orders: bool
    settings: ProgramSettings = DEFAULT_SETTINGS
    paused_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def expire_after_days(self) -> int | None:
        """Days after which a lot lapses, or an idle account's points; None where no number of days says it."""
        expiry = self.settings.expiry
        return expiry.days if isinstance(expiry, Period | Inactivity) else None

    def worth(self, points: Points) -> Money:
        """What points can buy, floored to the minor unit."""
        return Money(MinorUnits(points * self.burn.minor // self.burn.points), self.currency)


PROGRAM_COLUMNS: Final = """
    program.id, program.name, program.currency, program.zone, program.version, program.earn_points, program.earn_minor,
    program.burn_points, program.burn_minor, program.confirm_after_days, program.earn_staff_orders,
    CAST(program.settings AS text) AS settings, program.paused_at, CAST(program.pauses AS text) AS pauses
"""
"""Read with `program_from`."""

_BY_CHANNEL = sa.text(
    f"""
    SELECT held.channel, {PROGRAM_COLUMNS}
    FROM program_channel AS held
    JOIN program ON program.installation_id = held.installation_id AND program.id = held.program_id
    WHERE held.channel = ANY(:channels)
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("channels", type_=ARRAY(sa.Text)))


async def program_of_channel(session: AsyncSession, channel: str) -> Program | None:
    """The program that holds in a channel of the session's installation, if any order has made one yet."""
    return (await _existing(session, [channel])).get(channel)


async def programs_of_channels(session: AsyncSession, channels: Collection[str]) -> dict[str, Program]:
    """The programs that hold in these channels of the session's installation, by channel; one statement."""
    return await _existing(session, list(channels))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramInChannels:
    """A program and the slugs of the channels it holds in."""

    program: Program
    channels: tuple[str, ...]


_ALL = sa.text(f"SELECT {PROGRAM_COLUMNS} FROM program ORDER BY program.id")  # noqa: S608 # the constant above
_ALL_CHANNELS = sa.select(ProgramChannelRow).order_by(ProgramChannelRow.channel)


async def programs(session: AsyncSession) -> list[ProgramInChannels]:
    """All programs of the session's installation, oldest first; two statements."""
    rows = list(await session.execute(_ALL))
    channels: dict[UUID, list[str]] = {}
    for held in await session.scalars(_ALL_CHANNELS):
        channels.setdefault(held.program_id, []).append(held.channel)
    return [ProgramInChannels(program=program_from(row), channels=tuple(channels.get(row.id, ()))) for row in rows]


async def programs_by_id(session: AsyncSession) -> dict[ProgramId, Program]:
    """All programs of the session's installation by their keys; two statements."""
    return {held.program.id: held.program for held in await programs(session)}


async def programs_for(
    session: AsyncSession, installation: InstallationId, currencies: Mapping[str, str]
) -> dict[str, Program]:
    """Programs by channel, for channels given with their currency; missing ones are made from the defaults."""
    found = await _existing(session, list(currencies))
    missing = {channel: currency for channel, currency in currencies.items() if channel not in found}
    if not missing:
        return found
    await _make_defaults(session, installation, missing)
    return await _existing(session, list(currencies))


async def _existing(session: AsyncSession, channels: list[str]) -> dict[str, Program]:
    rows = await session.execute(_BY_CHANNEL, {"channels": channels})
    return {row.channel: program_from(row) for row in rows}


async def _make_defaults(session: AsyncSession, installation: InstallationId, missing: Mapping[str, str]) -> None:
    """Make what lacks in key order; another worker may do the same, then its rows count."""
    currencies = sorted(set(missing.values()))
    made = [_default_row(installation, currency) for currency in currencies]
    await insert_rows(session, ProgramRow.__table__, made, ignore_conflicts=True)
    defaults_of = sa.select(ProgramRow.currency, ProgramRow.id).where(
        ProgramRow.is_default, ProgramRow.currency.in_(currencies)
    )
    ids = {row.currency: row.id for row in await session.execute(defaults_of)}
    channels = [
        {"installation_id": installation, "channel": channel, "program_id": ids[currency]}
        for channel, currency in sorted(missing.items())
    ]
    await insert_rows(session, ProgramChannelRow.__table__, channels, ignore_conflicts=True)


def _default_row(installation: InstallationId, currency: str) -> dict[str, object]:
    earn, burn = defaults.earn_rate(currency), defaults.burn_rate(currency)
    return {
        "installation_id": installation,
        "id": new_id(),
        "currency": currency,
        "name": f"Points {currency}",
        "earn_points": earn.points,
        "earn_minor": earn.minor,
        "burn_points": burn.points,
        "burn_minor": burn.minor,
        "confirm_after_days": defaults.CONFIRM_AFTER_DAYS,
    }


_SETTINGS: Final = msgspec.json.Decoder(ProgramSettings)
_PAUSES: Final = msgspec.json.Decoder(list[list[str]])


@lru_cache(maxsize=256)
def _settings(stored: str) -> ProgramSettings:
    """As stored; what is not has its default. Kept, since it is read with every request and hardly ever changes."""
    return _SETTINGS.decode(stored)


def program_from(row: sa.Row[tuple[object, ...]]) -> Program:
    return Program(
        id=ProgramId(row.id),
        name=row.name,
        currency=row.currency,
        zone=ZoneInfo(row.zone),
        version=row.version,
        earn=Rate(row.earn_points, row.earn_minor),
        burn=Rate(row.burn_points, row.burn_minor),
        confirm_after_days=row.confirm_after_days,
        earn_staff_orders=row.earn_staff_orders,
        settings=_settings(row.settings),
        paused_at=row.paused_at,
        pauses=tuple(Pause.of(one) for one in _PAUSES.decode(row.pauses)),
    )
