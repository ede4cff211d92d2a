"""`keys`: the secret key and the keys of seals rotated, the public ones shown, API keys made, listed and revoked."""

import click

from saleor_crm_app.cli.installations import find_installation, run_on_database
from saleor_crm_app.cli.output import as_json, say, show
from saleor_crm_app.config import settings
from saleor_crm_app.installation.rotation import rotate
from saleor_crm_app.installation.sealing import renew_key
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.api_keys import SCOPES, ApiKey, ApiKeys
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.secrets import Vault


@click.group()
def keys() -> None:
    """Rotate keys and show the public ones; make, list and revoke API keys."""


@keys.command("rotate")
@click.option("--signing", is_flag=True, help="Give every shop also a new key for its seals; former ones stay public.")
@as_json
def rotate_(*, signing: bool, in_json: bool) -> None:
    """Encrypt every stored secret under SECRET_KEY; the former key must stand in SECRET_KEY_FALLBACKS."""

    async def act(database: Database) -> tuple[int, int]:
        secrets = settings().secret_keys
        vault = Vault(secrets)
        counts = await rotate(database, secrets)
        for shop in await all_installations(database) if signing else ():
            async with database.shop(shop.id) as session:
                await renew_key(session, shop.id, vault)
        return counts

    resealed, total = run_on_database(act)
    sentence = f"{resealed} of {total} secrets were sealed again. SECRET_KEY_FALLBACKS may go once API keys were used."
    say(sentence, in_json=in_json, resealed=resealed, total=total)


@keys.command("show-public")
@as_json
def show_public(*, in_json: bool) -> None:
    """Show the public keys that seals and certificates are checked with, as the app serves them."""

    async def act(database: Database) -> list[points.books.PublicSealKey]:
        async with database.intake() as session:
            return await points.books.public_seal_keys(session)

    rows = [
        {"key": key.id, "ed25519": key.public_key.hex(), "made": key.made_at, "retired": key.retired_at or "signs now"}
        for key in run_on_database(act)
    ]
    show(rows, in_json=in_json, empty="Nothing was sealed yet, so there are no keys.")


@keys.command("create")
@click.argument("shop")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(sorted(SCOPES)))
@as_json
def create(shop: str, name: str, scopes: tuple[str, ...], *, in_json: bool) -> None:
    """Make an API key for SHOP. It is shown once."""

    async def act(database: Database) -> str:
        one = await find_installation(database, shop)
        return await ApiKeys(database, settings().secret_keys).create(one.id, name=name, scopes=scopes)

    key = run_on_database(act)
    say(f"{key}\nKeep it: it cannot be shown again.", in_json=in_json, key=key, scopes=scopes)


@keys.command("list")
@click.argument("shop")
@as_json
def list_(shop: str, *, in_json: bool) -> None:
    """List the API keys of SHOP."""

    async def act(database: Database) -> list[ApiKey]:
        one = await find_installation(database, shop)
        return await ApiKeys(database, settings().secret_keys).of(one.id)

    rows = [
        {"id": key.id, "name": key.name, "scopes": " ".join(key.scopes), "revoked": key.is_revoked}
        for key in run_on_database(act)
    ]
    show(rows, in_json=in_json, empty="This shop has no API keys.")


@keys.command("revoke")
@click.argument("shop")
@click.argument("key_id")
@as_json
def revoke(shop: str, key_id: str, *, in_json: bool) -> None:
    """Make the API key KEY_ID of SHOP useless."""

    async def act(database: Database) -> bool:
        one = await find_installation(database, shop)
        return await ApiKeys(database, settings().secret_keys).revoke(one.id, key_id)

    if not run_on_database(act):
        raise BadInput(f"No usable key {key_id!r}; `keys list` shows them")
    say(f"{key_id} is revoked.", in_json=in_json, id=key_id)
