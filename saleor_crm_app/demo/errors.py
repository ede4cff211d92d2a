"""What the simulated shop refuses, as Saleor would."""

from saleor_crm_app.kernel.errors import CrmError


class ShopRefusal(CrmError):
    """The shop says no to an act; `code`, `field` and `about`, e.g. codes, are as Saleor gives them."""

    def __init__(
        self, message: str, *, code: str = "INVALID", field: str | None = None, about: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.about = about


class InstallFailed(CrmError):
    """The app could not be installed; `str()` is what staff would read in the Dashboard."""


class RefusedInProduction(CrmError):
    """A simulated shop never runs where `ENV` says production."""

    def __init__(self) -> None:
        super().__init__("The simulated shop refuses to start: ENV is production. Unset ENV or use a real shop.")
