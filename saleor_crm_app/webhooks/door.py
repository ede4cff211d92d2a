"""Decides over one delivery: whose it is, whether that shop signed it for us, and whether it is worth keeping."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from saleor_crm_app.jobs.inbox import NewItem
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.saleor.signatures import read_signature
from saleor_crm_app.webhooks.definitions import SUBSCRIBED

Store = Callable[[NewItem], Awaitable[None]]
"""Keeps a delivery for good before it returns; raises Unavailable when it cannot now."""


class _Recipient(msgspec.Struct, gc=False):
    id: str


class _Envelope(msgspec.Struct, rename={"typename": "__typename"}, gc=False):
    typename: str
    recipient: _Recipient | None = None


_envelopes = msgspec.json.Decoder(_Envelope)


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery that was let in; `stored` is false for types that nothing reacts to."""

    installation: Installation
    kind: str
    stored: bool


class WebhookDoor:
    """Lets deliveries in. One per web process."""

    def __init__(self, directory: InstallationDirectory, keys: KeyRing, store: Store) -> None:
        self._directory = directory
        self._keys = keys
        self._store = store

    async def receive(self, api_url: str | None, signature: str | None, body: bytes) -> Received:
        """Prove and keep a delivery.

        Raises Unauthorized, BadInput for a body that is no event, and Unavailable when it is to come again.
        """
        installation = await self._directory.by_api_url(api_url) if api_url else None
        if installation is None:
            raise Unauthorized("That shop has not installed this app")
        signed = read_signature(signature)
        signed.verify(await self._keys.key(installation, signed.key_name), body)
        envelope = _read(body)
        await self._demand_ours(installation, envelope)
        stored = envelope.typename in SUBSCRIBED
        if stored:
            await self._store(NewItem.of(installation.id, kind=envelope.typename, source="webhook", body=body))
        return Received(installation, envelope.typename, stored)

    async def _demand_ours(self, installation: Installation, envelope: _Envelope) -> None:
        """Every app of a shop gets bodies signed with the same key: only those meant for us count."""
        recipient = envelope.recipient.id if envelope.recipient else None
        if recipient == installation.app_id:
            return
        # another process may have registered the shop anew a moment ago
        stored = await self._directory.again(installation)
        if recipient is None or stored is None or recipient != stored.app_id:
            raise Unauthorized("The delivery is meant for another app")


def _read(body: bytes) -> _Envelope:
    try:
        return _envelopes.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("The body is not an event with its __typename") from None
