"""`installations`: which shops have installed the app, and which origins their storefronts call from."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from saleor_crm_app.cli.output import as_json, say, show
from saleor_crm_app.config import settings
from saleor_crm_app.installation.lifecycle import pause, resume
from saleor_crm_app.installation.removal import remove, remove_for_good
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.whereabouts import whereabouts
from saleor_crm_app.saleor.installation_store import all_installations, set_storefront_origins
from saleor_crm_app.saleor.installations import Installation

Result = TypeVar("Result")


class UnknownShop(CrmError):
    """No installation answers to what was typed."""


@click.group()
def installations() -> None:
    """List, show, pause and resume the shops that installed the app; manage storefront origins."""


def run_on_database(act: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run(url: str) -> Result:
        database = Database(url, pool_size=2)
        try:
            return await act(database)
        finally:
            await database.close()

    with whereabouts(settings()) as where:
        schema.check(where.app_url)
        return asyncio.run(run(where.app_url))


async def find_installation(database: Database, shop: str) -> Installation:
    """The one whose id or API URL contains what was typed."""
    found = [one for one in await all_installations(database) if shop in one.api_url or shop == str(one.id)]
    if len(found) != 1:
        raise UnknownShop(f"{len(found)} installations answer to {shop!r}: name one as `installations list` shows it")
    return found[0]


def _row(one: Installation) -> dict[str, object]:
    return {"shop": one.api_url, "state": one.state.value, "saleor": one.saleor_version, "id": one.id}


@installations.command("list")
@as_json
def list_(*, in_json: bool) -> None:
    """List the shops."""
    rows = [_row(one) for one in run_on_database(all_installations)]
    show(rows, in_json=in_json, empty="No shop has installed the app yet.")


@installations.command("show")
@click.argument("shop")
@as_json
def show_(shop: str, *, in_json: bool) -> None:
    """Show one SHOP, named by its id or a part of its API URL."""
    one = run_on_database(lambda database: find_installation(database, shop))
    details = {
        "app id": one.app_id,
        "storefront origins": " ".join(one.storefront_origins) or "none",
        "sandbox": one.sandbox,
        "clock offset": one.clock_offset,
    }
    show([_row(one) | details], in_json=in_json, empty="")


@installations.command("pause")
@click.argument("shop")
@as_json
def pause_(shop: str, *, in_json: bool) -> None:
    """Stop calling a SHOP; its books stay."""

    async def act(database: Database) -> Installation:
        one = await find_installation(database, shop)
        async with database.shop(one.id) as session:
            await pause(session, one.id, reason="paused by the operator")
        return one

    one = run_on_database(act)
    say(f"{one.api_url} is paused.", in_json=in_json, shop=one.api_url, state="PAUSED")


@installations.command("resume")
@click.argument("shop")
@as_json
def resume_(shop: str, *, in_json: bool) -> None:
    """Call a paused SHOP again."""

    async def act(database: Database) -> Installation:
        one = await find_installation(database, shop)
        async with database.shop(one.id) as session:
            await resume(session, one.id)
        return one

    one = run_on_database(act)
    say(f"{one.api_url} is active.", in_json=in_json, shop=one.api_url, state="ACTIVE")


@installations.command("remove")
@click.argument("shop")
@click.option("--purge", is_flag=True, help="Delete its books too; a certificate of them stays.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def remove_(shop: str, *, purge: bool, yes: bool, in_json: bool) -> None:
    """Stop working for a SHOP; with --purge delete everything of it, for good."""

    async def act(database: Database) -> tuple[Installation, dict[str, Any]]:
        one = await find_installation(database, shop)
        if not purge:
            await remove(database, one)
            return one, {}
        if not yes:
            click.confirm(f"Delete every point and order of {one.api_url} for good?", abort=True, err=True)
        return one, await remove_for_good(database, one)

    one, certificate = run_on_database(act)
    what = "deleted; its certificate stays" if purge else "removed; its books stay"
    say(f"{one.api_url} is {what}.", in_json=in_json, shop=one.api_url, certificate=certificate)


@installations.group("origins")
def origins() -> None:
    """Say from which origins a shop's storefronts may call, such as https://shop.example."""


def _change(shop: str, change: Callable[[set[str]], set[str]], *, in_json: bool) -> None:
    async def act(database: Database) -> tuple[str, ...]:
        one = await find_installation(database, shop)
        wanted = tuple(sorted(change(set(one.storefront_origins))))
        await set_storefront_origins(database, one.id, wanted)
        return wanted

    wanted = run_on_database(act)
    say("Origins: " + (" ".join(wanted) or "none"), in_json=in_json, origins=wanted)


@origins.command("add")
@click.argument("shop")
@click.argument("origin")
@as_json
def add_(shop: str, origin: str, *, in_json: bool) -> None:
    """Let ORIGIN call the storefront API of SHOP."""
    _change(shop, lambda now: now | {origin}, in_json=in_json)


@origins.command("remove")
@click.argument("shop")
@click.argument("origin")
@as_json
def remove_origin(shop: str, origin: str, *, in_json: bool) -> None:
    """Stop letting ORIGIN call."""
    _change(shop, lambda now: now - {origin}, in_json=in_json)
