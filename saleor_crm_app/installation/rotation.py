"""Rotation of SECRET_KEY: every stored secret is sealed again under the new key, while the shops go on."""

from saleor_crm_app.installation.sealing import reseal_keys
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.clients import TOKEN_COLUMN
from saleor_crm_app.saleor.installation_store import all_installations, replace_token
from saleor_crm_app.saleor.secrets import Vault


async def rotate(database: Database, vault: Vault) -> tuple[int, int]:
    """Seal what an older key sealed, tokens and keys of seals; says how many were sealed again and how many there are.

    A shop that registers meanwhile wins: its new token is sealed under the new key anyway. Raises CannotOpen
    when something was sealed under a key that is not among the fallbacks.
    """
    shops = await all_installations(database)
    resealed, total = 0, len(shops)
    for shop in shops:
        resealed_keys, keys = await reseal_keys(database, shop.id, vault)
        resealed, total = resealed + resealed_keys, total + keys
        if vault.is_current(shop.token):
            continue
        plain = vault.open(shop.token, installation=shop.id, column=TOKEN_COLUMN)
        fresh = vault.seal(plain, installation=shop.id, column=TOKEN_COLUMN)
        resealed += await replace_token(database, shop.id, old=shop.token, new=fresh)
    return resealed, total
