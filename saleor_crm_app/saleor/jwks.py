"""The keys a shop signs with: held as key objects, fetched again when a delivery names one we do not have."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput, Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallFailed, CallPolicy, callable_url, shop_client
from saleor_crm_app.saleor.installation_store import claim_jwks_refresh, or_unavailable, save_jwks
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.keys import KeySet, UnusableKeys, read_keys, usable_jwks

_MOST_BYTES: Final = 64_000
_BREATHER: Final = 1.0
"""Seconds after a vain search in which strangers' key names cost neither a query nor a call."""

log = logger(__name__)


async def fetch_jwks(api_url: str, policy: CallPolicy) -> dict[str, Any]:
    """Ask a shop for its public keys; only those that can verify RS256 are given back.

    Raises CallFailed, and UnusableKeys when the answer holds no such key.
    """
    url = str(callable_url(api_url, policy).join("/.well-known/jwks.json"))
    async with shop_client(url, replace(policy, most_bytes=_MOST_BYTES)) as client:
        response = await client.get(url)
    if response.status_code != 200:
        raise UnusableKeys(f"The shop answered {response.status_code} when asked for its keys")
    try:
        return usable_jwks(msgspec.json.decode(response.content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnusableKeys("The shop's key set is no JSON") from error


@dataclass(frozen=True, slots=True)
class _Found:
    """Keys after a search; `fetched` says that the shop itself was asked just now."""

    keys: KeySet
    fetched: bool


class KeyRing:
    """The keys of every shop. One per process; what one process fetches, the others find in the table."""

    def __init__(
        self,
        database: Database,
        directory: InstallationDirectory,
        policy: CallPolicy,
        *,
        breather: float = _BREATHER,
    ) -> None:
        self._database = database
        self._directory = directory
        self._policy = policy
        self._breather = breather
        self._parsed: dict[InstallationId, tuple[datetime, KeySet]] = {}
        self._searches: dict[InstallationId, asyncio.Task[_Found]] = {}
        self._rests_until: dict[InstallationId, float] = {}

    def held(self, installation: Installation) -> Mapping[str, RSAPublicKey]:
        """The keys we hold of a shop, by name."""
        known = self._parsed.get(installation.id)
        if known is not None and known[0] >= installation.jwks_fetched_at:
            return known[1]
        try:
            keys = read_keys(installation.jwks)
        except UnusableKeys:
            keys = {}
        self._parsed[installation.id] = (installation.jwks_fetched_at, keys)
        return keys

    async def key(self, installation: Installation, name: str) -> RSAPublicKey:
        """The key of that name, if need be read or fetched again.

        Raises Unauthorized only when a key set fetched after this call began lacks it, and Unavailable while
        that cannot be known: refusing for good would lose what is sent during a change of keys.
        """
        key = self.held(installation).get(name)
        if key is not None:
            return key
        found = await self._search(installation, name)
        if name in found.keys:
            return found.keys[name]
        if found.fetched:
            raise Unauthorized("The shop has no key of that name")
        raise Unavailable("The shop's keys cannot be asked for now")

    async def _search(self, installation: Installation, name: str) -> _Found:
        """Search, or wait for the search under way; what that one fetched is older than this call."""
        search = self._searches.get(installation.id)
        if search is not None:
            return replace(await asyncio.shield(search), fetched=False)
        if self._rests_until.get(installation.id, 0.0) > time.monotonic():
            return _Found({}, fetched=False)
        search = asyncio.create_task(self._found(installation, name))
        self._searches[installation.id] = search

        def ended(task: asyncio.Task[_Found]) -> None:
            del self._searches[installation.id]
            if task.cancelled() or task.exception() is not None or name not in task.result().keys:
                self._rests_until[installation.id] = time.monotonic() + self._breather

        search.add_done_callback(ended)
        return await asyncio.shield(search)

    async def _found(self, installation: Installation, name: str) -> _Found:
        stored = await self._directory.again(installation)
        if stored is None:
            raise Unauthorized("That shop is not installed")
        keys = self.held(stored)
        if name in keys or not await self._may_fetch(stored):
            return _Found(keys, fetched=False)
        return _Found(await self._fetched(stored), fetched=True)

    async def _may_fetch(self, installation: Installation) -> bool:
        with or_unavailable():
            async with self._database.shop(installation.id) as session:
                return await claim_jwks_refresh(session, installation.id)

    async def _fetched(self, installation: Installation) -> KeySet:
        try:
            jwks = await fetch_jwks(installation.api_url, self._policy)
        except (CallFailed, BadInput) as error:
            log.warning("jwks_not_fetched", installation=str(installation.id), reason=str(error))
            raise Unavailable("The shop's keys could not be fetched") from error
        with or_unavailable():
            async with self._database.shop(installation.id) as session:
                await save_jwks(session, installation.id, jwks)
        stored = await self._directory.again(installation)
        log.info("jwks_fetched", installation=str(installation.id), keys=len(jwks["keys"]))
        return read_keys(jwks) if stored is None else self.held(stored)
