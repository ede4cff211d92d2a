"""Tokens of people: Saleor's exact claims, and whatever a test wants to see refused."""

import base64
import binascii
import json
from datetime import timedelta

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.signing import Claims, KeyRing
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.kernel import clock
from saleor_crm_app.kernel.ids import global_id

ACCESS_TTL = timedelta(minutes=5)
REFRESH_TTL = timedelta(days=30)
_USABLE_TYPES = frozenset({"access", "thirdparty"})


class Tokens:
    """Mints and reads tokens in real time: a shop whose clock was moved still gives tokens that are valid now."""

    def __init__(self, state: ShopState, keys: KeyRing) -> None:
        self._state = state
        self._keys = keys
        self.issuer = ""

    def access(self, user: User, *, audience: str | None = None, ttl: timedelta = ACCESS_TTL) -> str:
        """What `tokenCreate` gives a customer or staff; `audience` "loyalty" becomes `custom:loyalty`."""
        extra = {} if audience is None else {"aud": f"custom:{audience}"}
        return self.mint(user, kind="access", ttl=ttl, extra=extra)

    def refresh(self, user: User) -> str:
        """The long-lived token that opens nothing."""
        return self.mint(user, kind="refresh", ttl=REFRESH_TTL, extra={"csrfToken": self._state.new_key(64)})

    def for_app(self, user: User, app: App, *, extension: int | None = None) -> str:
        """What the Dashboard hands to an app's page; of an extension, whose own permissions are none here."""
        permissions = user.permissions & app.permissions if extension is None else frozenset[Permission]()
        extra: dict[str, object] = {
            "app": app.id,
            "permissions": sorted(permissions),
            "user_permissions": sorted(user.permissions),
        }
        if app.audience:
            extra["aud"] = app.audience
        if extension is not None:
            extra["app_extension"] = global_id("AppExtension", extension)
        return self.mint(user, kind="thirdparty", ttl=ACCESS_TTL, extra=extra)

    def email_change(self, user: User, new_email: str) -> str:
        """A token of the same key that is meant for one mutation only."""
        extra = {"old_email": user.email, "new_email": new_email}
        return self.mint(user, kind="confirm-email-change", ttl=timedelta(hours=1), extra=extra)

    def mint(
        self,
        user: User,
        *,
        kind: str,
        ttl: timedelta = ACCESS_TTL,
        extra: Claims | None = None,
        without: frozenset[str] = frozenset(),
        header: Claims | None = None,
    ) -> str:
        """Any token: `extra` adds or replaces claims, `without` drops some, a negative `ttl` has expired."""
        now = int(clock.now().timestamp())
        claims: dict[str, object] = {
            "iat": now,
            "owner": "saleor",
            "iss": self.issuer,
            "exp": now + int(ttl.total_seconds()),
            "token": user.token_key,
            "email": user.email,
            "type": kind,
            "user_id": user.id,
            "is_staff": user.is_staff,
            **(extra or {}),
        }
        kept = {name: value for name, value in claims.items() if name not in without}
        return self._keys.current.sign_token(kept, header=header)

    def user_of(self, token: str) -> tuple[User, frozenset[Permission]] | None:
        """Who a token stands for and with which permissions; None for what no Saleor ever issued.

        Raises ShopRefusal for one that expired, is of another type, or whose user changed.
        """
        claims = _claims_of(token)
        if claims is None or claims.get("owner") != "saleor" or not self._is_ours(token):
            return None
        expires = claims.get("exp")
        if isinstance(expires, int) and expires <= clock.now().timestamp():
            raise ShopRefusal("Signature has expired", code="ExpiredSignatureError")
        user = self._state.user_by_email(str(claims.get("email")))
        is_current = user is not None and user.is_active and user.token_key == claims.get("token")
        if user is None or not is_current or claims.get("type") not in _USABLE_TYPES:
            message = "Invalid token. Create new one by using tokenCreate mutation."
            raise ShopRefusal(message, code="InvalidTokenError")
        limits = claims.get("permissions")
        if not isinstance(limits, list):
            return user, user.permissions
        return user, user.permissions & frozenset(limits)

    def _is_ours(self, token: str) -> bool:
        """Signing is deterministic, so signing the same text again shows whether one of our keys did it."""
        head, payload, _ = token.split(".")
        parsed = json.loads(_decoded(head))
        key = self._keys.by_kid(parsed.get("kid"))
        claims = json.loads(_decoded(payload))
        return key is not None and key.sign_token(claims, header=parsed) == token


def _claims_of(token: str) -> dict[str, object] | None:
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(_decoded(payload))
    except (ValueError, binascii.Error):
        return None
    return claims if isinstance(claims, dict) else None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
