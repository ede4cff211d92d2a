"""Refusals as storefronts read them: data in the payload, as in Saleor's API."""

import strawberry

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal

strawberry.enum(LoyaltyErrorCode, description="Why something was refused.")


@strawberry.type(description="Why something was refused.")
class LoyaltyError:
    field: str | None = strawberry.field(description="The input at fault, if it is one.")
    code: LoyaltyErrorCode = strawberry.field(description="The reason as a code.")
    message: str = strawberry.field(description="The reason as a sentence.")

    @classmethod
    def of(cls, refusal: Refusal) -> "LoyaltyError":
        return cls(field=refusal.field, code=refusal.code, message=str(refusal))

    @classmethod
    def about(cls, field: str, refusal: Refusal) -> "LoyaltyError":
        """The same where the input has another name here."""
        return cls(field=field, code=refusal.code, message=str(refusal))
