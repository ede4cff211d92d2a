"""Rotation of SECRET_KEY: every stored secret is sealed again under the new key, while the shops go on."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from saleor_crm_app import checkout
from saleor_crm_app.installation.sealing import reseal_keys
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.resealing import Page, SealedColumns, reseal_page
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.saleor.clients import TOKEN_COLUMN
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.installation_store import all_installations, replace_token
from saleor_crm_app.saleor.secrets import Vault

_AT_ONCE: Final = 1000
"""Codes in one transaction; whoever uses one of them waits meanwhile."""


async def rotate(database: Database, secrets: Sequence[str]) -> tuple[int, int]:
    """Seal what an older key sealed: tokens, keys of seals, codes; says how many were, and how many there are.

    `secrets` are the texts of the settings, the one that seals now first.

    A shop that registers meanwhile wins: its new token is sealed under the new key anyway. Raises CannotOpen
    when something was sealed under a key that is not among the fallbacks.
    """
    vault, codes = Vault(secrets), CodeBook(secrets)
    shops = await all_installations(database)
    resealed, total = 0, len(shops)
    for shop in shops:
        resealed_keys, keys = await reseal_keys(database, shop.id, vault)
        resealed_codes, all_codes = await _reseal_codes(database, shop.id, codes)
        resealed, total = resealed + resealed_keys + resealed_codes, total + keys + all_codes
        if vault.is_current(shop.token):
            continue
        plain = vault.open(shop.token, installation=shop.id, column=TOKEN_COLUMN)
        fresh = vault.seal(plain, installation=shop.id, column=TOKEN_COLUMN)
        resealed += await replace_token(database, shop.id, old=shop.token, new=fresh)
    return resealed, total


async def _reseal_codes(database: Database, shop: InstallationId, codes: CodeBook) -> tuple[int, int]:
    """Codes of coupons, of the pool and of tenders, page by page; stopped, it goes on with those that are left."""
    resealed = total = 0
    for columns in (*coupons.SEALED, *checkout.SEALED):
        page = await retrying(partial(_page, database, shop, codes, columns, None))
        resealed, total = resealed + page.resealed, total + page.seen
        while page.last is not None:
            page = await retrying(partial(_page, database, shop, codes, columns, page.last))
            resealed, total = resealed + page.resealed, total + page.seen
    return resealed, total


async def _page(
    database: Database,
    shop: InstallationId,
    codes: CodeBook,
    columns: SealedColumns,
    after: tuple[object, ...] | None,
) -> Page:
    async with database.shop(shop) as session:
        again = partial(codes.again, installation=shop)
        return await reseal_page(session, columns, again, after=after, most=_AT_ONCE)
