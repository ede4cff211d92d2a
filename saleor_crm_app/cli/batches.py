"""Finds a batch of a campaign's codes by what an operator types."""

from dataclasses import dataclass
from uuid import UUID

import click

from saleor_crm_app.cli.installations import find_installation
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import BatchId, key_of
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import Batch
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import Installation


class UnknownBatch(CrmError):
    """No batch answers to what was typed."""


@dataclass(frozen=True, slots=True)
class Found:
    """A batch and whose it is."""

    shop: Installation
    batch: Batch


in_shop = click.option("--installation", "shop", help="The shop, by its id or a part of its API URL; any if not given.")
of_batch = click.option("--batch", required=True, help="The batch's id, as the staff API tells it.")


async def find_batch(database: Database, shop: str | None, typed: str) -> Found:
    """The batch of this id, in whichever shop it is.

    Raises UnknownBatch and UnknownShop.
    """
    try:
        key = BatchId(UUID(typed if "-" in typed else key_of(typed, kind="CouponBatch")))
    except ValueError as error:
        raise UnknownBatch(f"{typed!r} is not the id of a batch of codes: copy it from `couponBatches`") from error
    shops = await all_installations(database) if shop is None else [await find_installation(database, shop)]
    for one in shops:
        async with database.shop(one.id, read_only=True) as session:
            found = await coupons.batches.batch_by_id(session, key)
        if found is not None:
            return Found(one, found)
    raise UnknownBatch(f"No shop has a batch of codes with the id {typed!r}")
