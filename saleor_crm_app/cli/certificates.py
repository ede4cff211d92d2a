"""Makes a certificate of one shop's books and lays an earlier one beside them."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.config import settings
from saleor_crm_app.installation.sealing import seal_shop, signer_of
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.secrets import Vault


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the certificate goes, and where the entries that it covers, if they are wanted."""

    file: Path
    entries: Path | None


async def certify(database: Database, shop: InstallationId, wanted: Wanted) -> None:
    """Seal the books, then write what the seal covers.

    Raises NothingSealed, CannotOpen.
    """
    vault = Vault(settings().secret_keys)
    await seal_shop(database, shop, vault)
    async with database.shop(shop) as session:
        signer = await signer_of(session, shop, vault)
        keys = points.books.public_keys(await points.books.seal_keys_of(session, shop))
        with wanted.entries.open("wb") if wanted.entries else nullcontext() as lines:
            certificate = await points.books.certificate_of(
                session, shop, signer=signer, keys=keys, at=now(), keep=len if lines is None else lines.write
            )
    wanted.file.write_text(json.dumps(certificate, indent=2) + "\n", encoding="utf-8")


async def contradiction(
    session: AsyncSession, shop: InstallationId, earlier: Mapping[str, Any]
) -> points.Finding | None:
    """What is wrong with the books if the seal of an earlier certificate is not the one they hold; None if it is.

    Raises BadInput for a file that is no certificate of this shop.
    """
    seal = earlier.get("seal")
    if not isinstance(seal, dict) or earlier.get("installation") != str(shop):
        raise BadInput("That file is no certificate of this shop")
    held = await points.books.seals_below(session, shop, below=seal["n"] + 1, most=1)
    if held and held[0].content() | {"signature": held[0].signature.hex()} == seal:
        return None
    text = f"seal {seal['n']} is not the one that the certificate of {earlier['made_at']} names"
    return points.Finding(law="SEAL", row=str(seal["n"]), text=text)
