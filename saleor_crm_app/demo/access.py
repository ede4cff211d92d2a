"""Who is asking the API, and what they may see."""

from collections.abc import Callable
from dataclasses import dataclass

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.state import ShopState

Resolver = Callable[..., object]
"""Reads a field: of what, by whose right, with which arguments."""


class PermissionDenied(Exception):
    """Its name is the public code. The answer to whoever may not: HTTP 200 and this, whatever the token was like."""

    def __init__(self, *needed: str) -> None:
        super().__init__(
            f"To access this path, you need one of the following permissions: {', '.join(needed)}"
            if needed
            else "You do not have permission to perform this action"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One request's right: of an app, of a person, or of nobody."""

    state: ShopState
    app: App | None = None
    user: User | None = None
    permissions: frozenset[Permission] = frozenset()

    def has_one_of(self, *needed: Permission) -> bool:
        return not self.permissions.isdisjoint(needed)

    def require(self, *needed: Permission) -> None:
        """Raises PermissionDenied naming all that would do."""
        if not self.has_one_of(*needed):
            raise PermissionDenied(*needed)

    def require_app_or_staff(self) -> None:
        """Raises PermissionDenied for customers and strangers."""
        if self.app is None and not (self.user and self.user.is_staff):
            raise PermissionDenied("AUTHENTICATED_STAFF_USER", "AUTHENTICATED_APP")


def access_of(app: App, state: ShopState) -> Access:
    """The right an app has by its token, and by which its webhook bodies are made."""
    return Access(state=state, app=app, permissions=app.permissions)
