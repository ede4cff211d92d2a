"""All checks together: which there are for these settings, and in which order they are told."""

import asyncio
from collections.abc import Collection, Iterator
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from saleor_crm_app.cli.checks import address, database, jobs, neighbors, shop
from saleor_crm_app.cli.checks.choices import settings_fit
from saleor_crm_app.cli.checks.findings import SECONDS, Check, Finding, look_at, skipped
from saleor_crm_app.config import Settings
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.secrets import Vault

GROUPS: Final = ("settings", "address", "database", "jobs", "shop", "mail", "dashboard")


async def examine(chosen: Settings, url: str, only: Collection[str]) -> list[Finding]:
    """Look at everything, or at some groups only; never raises for what is wrong."""
    own = Database(url, pool_size=5)
    try:
        shops = await _shops(own) if "shop" in only else []
        found = await look_at(check for check in _checks(chosen, own, shops) if check.name in only)
    finally:
        await own.close()
    if "shop" in only and not shops:
        found.append(skipped("shop.state", "No shop has installed the app, or the database does not tell"))
    fit = settings_fit(chosen) if "settings" in only else []
    return sorted([*fit, *found], key=lambda finding: (GROUPS.index(finding.group), finding.about))


async def _shops(own: Database) -> list[Installation]:
    try:
        async with asyncio.timeout(SECONDS):
            return await all_installations(own)
    except (SQLAlchemyError, OSError):
        return []


def _checks(chosen: Settings, own: Database, shops: list[Installation]) -> Iterator[Check]:
    base = (chosen.app_api_base_url or "").rstrip("/")
    if base:
        for look in (
            partial(address.is_https, chosen, base),
            partial(address.is_called_by_saleor, chosen, base),
            partial(address.is_reached, base),
            partial(address.serves_our_manifest, chosen, base),
        ):
            yield Check(name="address", look=look, fix_if_slow=address.SLOW_FIX)
    for of_database in (database.is_reached, database.has_our_schema, database.is_closed):
        yield Check(name="database", look=partial(of_database, own), fix_if_slow=database.SLOW_FIX)
    yield Check(name="jobs", look=partial(jobs.is_done, own), fix_if_slow=jobs.SLOW_FIX)
    yield from _of_shops(chosen, shops, base or None)
    if chosen.smtp_url is not None:
        mail = partial(neighbors.takes_mail, chosen.smtp_url.get_secret_value())
        yield Check(name="mail", look=mail, fix_if_slow=neighbors.MAIL_SLOW_FIX)
    for origin in chosen.dashboard_origins:
        dashboard = partial(neighbors.is_an_origin, chosen, origin)
        yield Check(name="dashboard", look=dashboard, fix_if_slow=neighbors.ORIGIN_SLOW_FIX)


def _of_shops(chosen: Settings, shops: list[Installation], base: str | None) -> Iterator[Check]:
    if chosen.secret_key is None:
        return
    policy = CallPolicy(allow_private=chosen.allow_private_hosts)
    vault = Vault(chosen.secret_keys)
    for one in shops:
        for look in (partial(shop.is_ours, one, vault, policy, base), partial(shop.shows_keys, one, policy)):
            yield Check(name="shop", look=look, fix_if_slow=shop.SLOW_FIX, about=one.api_url)
