"""Saleor's tokens: who a customer or a member of staff is, proven by their shop's key."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from saleor_crm_app.kernel.ids import CustomerId, customer_id, decode_global_id, key_of
from saleor_crm_app.saleor import jose
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.jwks import KeyRing

_LONGEST: Final = 8192
_LEEWAY: Final = 30
_LIFETIME: Final = 3600
_MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerIdentity:
    """A signed-in customer of a shop. `is_staff` only informs; it gives no rights."""

    installation: Installation
    customer: CustomerId
    is_staff: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffIdentity:
    """A member of staff whom the Dashboard sent to us, or a program with an API key.

    `permissions` are those that they and the app (or its extension) share, `user_permissions` all of theirs.
    """

    installation: Installation
    user_id: str
    email: str | None
    permissions: frozenset[str]
    user_permissions: frozenset[str]
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class _Proven:
    """Claims whose signature was verified with the key of that name."""

    key_name: str
    expires: int
    claims: Mapping[str, Any]


class TokenReader:
    """Reads tokens of every installed shop; one verified before is not verified again while it lasts.

    Its methods raise Unauthorized, and Unavailable while the shop's keys or the database cannot be asked.
    """

    def __init__(
        self, directory: InstallationDirectory, key_ring: KeyRing, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._directory = directory
        self._key_ring = key_ring
        self._clock = clock
        # by digest: the tokens themselves could be taken from a dump, and be large
        self._proven: OrderedDict[bytes, _Proven] = OrderedDict()

    async def customer(self, token: str) -> CustomerIdentity:
        """Read the token that a storefront holds for its customer."""
        installation, claims = await self._read(token)
        if claims.get("type") != "access" or "app" in claims:
            raise Unauthorized("This is not a customer's access token")
        _check_audience(claims.get("aud"))
        return CustomerIdentity(
            installation=installation, customer=_customer(claims), is_staff=claims.get("is_staff") is True
        )

    async def staff(self, token: str) -> StaffIdentity:
        """Read the token that the Dashboard gives to this very app."""
        installation, claims = await self._read(token)
        if claims.get("type") != "thirdparty":
            raise Unauthorized("This is not a token for an app")
        installation = await self._ours(installation, claims.get("app"))
        email = claims.get("email")
        return StaffIdentity(
            installation=installation,
            user_id=_customer(claims),
            email=email if isinstance(email, str) else None,
            permissions=_names(claims.get("permissions")),
            user_permissions=_names(claims.get("user_permissions")),
        )

    async def _ours(self, installation: Installation, app: object) -> Installation:
        """The installation, read again if need be, if the token is for our app there."""
        if _same_app(app, installation.app_id):
            return installation
        again = await self._directory.again(installation)
        if again is None or not _same_app(app, again.app_id):
            raise Unauthorized("This token is for another app")
        return again

    async def _read(self, token: str) -> tuple[Installation, Mapping[str, Any]]:
        if len(token) > _LONGEST:
            raise Unauthorized("The token is too long")
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._proven.get(digest)
        if known is not None:
            installation = await self._installation(known.claims)
            # a key that the shop has withdrawn ends its tokens as well
            if known.key_name in self._key_ring.held(installation) and known.expires > self._clock() - _LEEWAY:
                return installation, known.claims
            self._proven.pop(digest, None)
        installation, proven = await self._prove(token)
        self._proven[digest] = proven
        if len(self._proven) > _MOST_REMEMBERED:
            self._proven.popitem(last=False)
        return installation, proven.claims

    async def _prove(self, token: str) -> tuple[Installation, _Proven]:
        parts = token.split(".")
        if len(parts) != 3:
            raise Unauthorized("Not a token")
        header_text, claims_text, signature = parts
        name = _key_name(jose.strict_object(jose.unpadded(header_text)))
        claims = jose.strict_object(jose.unpadded(claims_text))
        installation = await self._installation(claims)
        key = await self._key_ring.key(installation, name)
        jose.verify(key, jose.unpadded(signature), f"{header_text}.{claims_text}".encode())
        return installation, _Proven(name, self._check_times(claims), claims)

    async def _installation(self, claims: Mapping[str, Any]) -> Installation:
        """The shop named by `iss`, looked up among those installed and never asked for by that name."""
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or claims.get("owner") != "saleor":
            raise Unauthorized("The token is not a shop's own")
        installation = await self._directory.by_api_url(issuer)
        if installation is None:
            raise Unauthorized("The token is of no shop that installed this app")
        return installation

    def _check_times(self, claims: Mapping[str, Any]) -> int:
        issued, expires = _instant(claims, "iat"), _instant(claims, "exp")
        now = self._clock()
        if issued > now + _LEEWAY or expires <= now - _LEEWAY:
            raise Unauthorized("The token is expired or not yet valid")
        if not 0 < expires - issued <= _LIFETIME:
            raise Unauthorized("The token is made to live too long")
        if "nbf" in claims and _instant(claims, "nbf") > now + _LEEWAY:
            raise Unauthorized("The token is not yet valid")
        return expires


def _key_name(header: dict[str, Any]) -> str:
    if "crit" in header or "b64" in header or header.get("typ", "JWT") != "JWT":
        raise Unauthorized("Not a token")
    return jose.key_name(header)


def _instant(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:
        raise Unauthorized(f"The token's {name} is no time")
    return value


def _customer(claims: Mapping[str, Any]) -> CustomerId:
    user = claims.get("user_id")
    try:
        return customer_id(user if isinstance(user, str) else "")
    except ValueError as error:
        raise Unauthorized("The token names no user") from error


def _check_audience(audience: object) -> None:
    """Storefronts may ask Saleor for an audience of their own, which it writes as `custom:<name>`."""
    if audience is not None and not (isinstance(audience, str) and audience.startswith("custom:")):
        raise Unauthorized("The token is for another audience")


def _same_app(app: object, ours: str) -> bool:
    try:
        return isinstance(app, str) and key_of(app, kind="App") == decode_global_id(ours)[1]
    except ValueError:
        return False


def _names(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Unauthorized("The token's permissions are no list of names")
    return frozenset(value)
