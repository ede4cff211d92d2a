"""What other floors use of seals, certificates and verdicts: the part of this slice's face that only auditors need."""

from saleor_crm_app.loyalty.points.proof.certificate import (
    Certificate,
    NothingSealed,
    certificate_of,
    entries_covered,
)
from saleor_crm_app.loyalty.points.proof.finding import Finding, Report, Verdict, silent, with_finding
from saleor_crm_app.loyalty.points.proof.laws import PROSE
from saleor_crm_app.loyalty.points.proof.proof import laws_broken, verify
from saleor_crm_app.loyalty.points.proof.seal import Seal, Signer, count_seals, newest_seal, seals_below
from saleor_crm_app.loyalty.points.proof.seal_keys import (
    PublicSealKey,
    SealKey,
    add_seal_key,
    public_keys,
    public_seal_keys,
    replace_private_key,
    seal_keys_of,
)
from saleor_crm_app.loyalty.points.proof.sealing import seal_changes, shops_to_seal, take_seal_turn
from saleor_crm_app.loyalty.points.proof.verification import (
    LastProof,
    Verification,
    last_proofs,
    last_verification,
    record_verification,
)

__all__ = [
    "PROSE",
    "Certificate",
    "Finding",
    "LastProof",
    "NothingSealed",
    "PublicSealKey",
    "Report",
    "Seal",
    "SealKey",
    "Signer",
    "Verdict",
    "Verification",
    "add_seal_key",
    "certificate_of",
    "count_seals",
    "entries_covered",
    "last_proofs",
    "last_verification",
    "laws_broken",
    "newest_seal",
    "public_keys",
    "public_seal_keys",
    "record_verification",
    "replace_private_key",
    "seal_changes",
    "seal_keys_of",
    "seals_below",
    "shops_to_seal",
    "silent",
    "take_seal_turn",
    "verify",
    "with_finding",
]
