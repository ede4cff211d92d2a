"""Why an incident cannot be closed."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class IncidentNotFound(Refusal):
    """No incident of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "incidentId"

    def __init__(self) -> None:
        super().__init__("There is no such incident.")


class IncidentClosed(Refusal):
    """It was closed before."""

    code = LoyaltyErrorCode.INVALID
    field = "incidentId"

    def __init__(self) -> None:
        super().__init__("This incident is closed already.")
