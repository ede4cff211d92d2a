"""What the simulated shop refuses, as Saleor would."""

from saleor_crm_app.kernel.errors import CrmError


class ShopRefusal(CrmError):
    """The shop says no to an act; `code` and `field`, the input at fault, are those Saleor's API would give."""

    def __init__(self, message: str, *, code: str = "INVALID", field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class InstallFailed(CrmError):
    """The app could not be installed; `str()` is what staff would read in the Dashboard."""


class RefusedInProduction(CrmError):
    """A simulated shop never runs where `ENV` says production."""

    def __init__(self) -> None:
        super().__init__("The simulated shop refuses to start: ENV is production. Unset ENV or use a real shop.")
