"""Who may do what: every operation names the permission that its caller must hold in the shop."""

from typing import Any, ClassVar

from strawberry.permission import BasePermission

from saleor_crm_app.staff.context import Info


class StaffPermission(BasePermission):
    """Holds a permission in Saleor, whatever the app or the page that asks may do."""

    permission: ClassVar[str]
    error_extensions = {"code": "PERMISSION_DENIED"}  # noqa: RUF012 # Strawberry declares it so

    def has_permission(self, source: object, info: Info, **_: Any) -> bool:  # noqa: ANN401 # the field's arguments
        return self.permission in info.context.staff.user_permissions

    @property
    def message(self) -> str:  # type: ignore[override] # Strawberry declares a variable
        return f"This needs the permission {self.permission}."


class ManagesUsers(StaffPermission):
    """For members and their ledger."""

    permission = "MANAGE_USERS"


class ManagesDiscounts(StaffPermission):
    """For programs, rules and rewards."""

    permission = "MANAGE_DISCOUNTS"


class ManagesApps(StaffPermission):
    """For the app's own working: settings, health, dead letters."""

    permission = "MANAGE_APPS"
