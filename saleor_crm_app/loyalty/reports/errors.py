"""What the reports slice refuses."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class SimulationNotFound(Refusal):
    """No run of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "id"

    def __init__(self) -> None:
        super().__init__("There is no such what-if run.")


class SimulationUnfinished(Refusal):
    """Only what was seen to its end may be done."""

    code = LoyaltyErrorCode.INVALID
    field = "simulationId"

    def __init__(self) -> None:
        super().__init__("This what-if run has not ended; wait for it, or begin another.")


class SimulationOfOtherRules(Refusal):
    """The preview was of something else than what is to be done."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "version"

    def __init__(self) -> None:
        super().__init__("This what-if run tried other rules than this version has; run it anew for this version.")
