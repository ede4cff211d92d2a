"""Seals the books of every shop, with a key of its own that only the vault can open."""

from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.secrets import CannotOpen, Vault

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class ShopSigner:
    """A shop's private key, opened for as long as one seal takes."""

    key_id: str
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


async def seal_all(database: Database, vault: Vault) -> int:
    """Seal the shops in which something was posted; says how many. One that cannot be sealed does not stop the rest."""
    async with database.intake() as session:
        shops = await points.books.shops_to_seal(session)
    sealed = 0
    for shop in shops:
        try:
            sealed += await seal_shop(database, shop, vault) is not None
        except CannotOpen as error:
            log.error("not_sealed", installation=str(shop), reason=str(error))  # noqa: TRY400 # the sentence says it all
    return sealed


async def seal_shop(database: Database, shop: InstallationId, vault: Vault) -> points.books.Seal | None:
    """Seal until nothing waits; gives the last seal that was set, if one was."""
    last = None
    while True:
        async with database.shop(shop) as session:
            if not await points.books.take_seal_turn(session, shop):
                return last
            signer = await signer_of(session, shop, vault)
            made = await points.books.seal_changes(session, shop, signer=signer, at=now())
        if made is None:
            return last
        last = made


async def signer_of(session: AsyncSession, shop: InstallationId, vault: Vault) -> ShopSigner:
    """The key that signs now; a shop without one gets it.

    Raises CannotOpen.
    """
    for key in await points.books.seal_keys_of(session, shop):
        if key.retired_at is None:
            return ShopSigner(key.id, _opened(key, shop, vault))
    return await renew_key(session, shop, vault)


async def renew_key(session: AsyncSession, shop: InstallationId, vault: Vault) -> ShopSigner:
    """Make a key that signs from now on; those before it are kept, for what they have signed."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    name = sha256(public).hexdigest()[:16]
    sealed = vault.seal(private.private_bytes_raw().hex(), installation=shop, column=_place(name))
    key = points.books.SealKey(id=name, public_key=public, private_key=sealed, made_at=now(), retired_at=None)
    await points.books.add_seal_key(session, shop, key)
    return ShopSigner(name, private)


async def trusted_keys(session: AsyncSession, shop: InstallationId, vault: Vault) -> dict[str, bytes]:
    """Public keys whose private half this vault has sealed; one that somebody else put there is not among them."""
    return {
        key.id: key.public_key for key in await points.books.seal_keys_of(session, shop) if _is_ours(key, shop, vault)
    }


async def reseal_keys(database: Database, shop: InstallationId, vault: Vault) -> tuple[int, int]:
    """Seal a shop's private keys again under the newest secret; says how many of how many.

    Raises CannotOpen.
    """
    async with database.shop(shop) as session:
        keys = await points.books.seal_keys_of(session, shop)
        resealed = 0
        for key in keys:
            if vault.is_current(key.private_key):
                continue
            plain = vault.open(key.private_key, installation=shop, column=_place(key.id))
            fresh = vault.seal(plain, installation=shop, column=_place(key.id))
            resealed += await points.books.replace_private_key(session, shop, key, fresh=fresh)
        return resealed, len(keys)


def _is_ours(key: points.books.SealKey, shop: InstallationId, vault: Vault) -> bool:
    try:
        return _opened(key, shop, vault).public_key().public_bytes_raw() == key.public_key
    except CannotOpen:
        return False


def _opened(key: points.books.SealKey, shop: InstallationId, vault: Vault) -> Ed25519PrivateKey:
    plain = vault.open(key.private_key, installation=shop, column=_place(key.id))
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(plain))


def _place(key_id: str) -> str:
    return f"seal_key.{key_id}"
