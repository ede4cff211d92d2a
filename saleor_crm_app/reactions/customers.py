"""Says in the words of `crm.customers` what Saleor said of a customer."""

from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.saleor.events import CustomerState


def seen_from(state: CustomerState) -> CustomerSeen:
    """Keep what is needed; the e-mail address is not."""
    return CustomerSeen(
        id=state.id,
        is_active=state.is_active,
        is_confirmed=state.is_confirmed,
        is_staff=state.is_staff,
        language=state.language_code,
        joined_at=state.joined,
        updated_at=state.updated_at,
    )
