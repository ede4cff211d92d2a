"""Why staff moved points, in words that customers read, in their language where we have it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from saleor_crm_app.loyalty.points.staff.notes import ReasonCode

_FALLBACK: Final = "en"
_TEXTS: Final[Mapping[str, Mapping[ReasonCode, str]]] = {
    "en": {
        ReasonCode.GOODWILL: "A courtesy of the shop",
        ReasonCode.CORRECTION: "Correction",
        ReasonCode.COMPLAINT: "Because of a complaint",
        ReasonCode.CONTEST: "Contest",
        ReasonCode.OTHER: "By the shop's staff",
    },
    "de": {
        ReasonCode.GOODWILL: "Kulanz des Shops",
        ReasonCode.CORRECTION: "Korrektur",
        ReasonCode.COMPLAINT: "Wegen einer Reklamation",
        ReasonCode.CONTEST: "Gewinnspiel",
        ReasonCode.OTHER: "Durch das Team des Shops",
    },
    "fr": {
        ReasonCode.GOODWILL: "Geste commercial",
        ReasonCode.CORRECTION: "Correction",
        ReasonCode.COMPLAINT: "Suite à une réclamation",
        ReasonCode.CONTEST: "Concours",
        ReasonCode.OTHER: "Par l'équipe de la boutique",
    },
    "es": {
        ReasonCode.GOODWILL: "Cortesía de la tienda",
        ReasonCode.CORRECTION: "Corrección",
        ReasonCode.COMPLAINT: "Por una reclamación",
        ReasonCode.CONTEST: "Concurso",
        ReasonCode.OTHER: "Por el equipo de la tienda",
    },
    "pl": {
        ReasonCode.GOODWILL: "Gest dobrej woli sklepu",
        ReasonCode.CORRECTION: "Korekta",
        ReasonCode.COMPLAINT: "W związku z reklamacją",
        ReasonCode.CONTEST: "Konkurs",
        ReasonCode.OTHER: "Przez pracowników sklepu",
    },
}


class _Coded(msgspec.Struct):
    code: str | None = None


def code_of(explanation: str) -> ReasonCode | None:
    """The reason code that an entry's explanation, as JSON, holds; None where staff did not move the points."""
    try:
        held = msgspec.json.decode(explanation, type=_Coded).code
        return None if held is None else ReasonCode(held)
    except ValueError:  # a code of another kind of entry
        return None


def reason_text(code: ReasonCode, language: str = "") -> str:
    """A few words for a code in a language such as Saleor names them (`DE`, `PT_BR`), in English where we lack it."""
    texts = _TEXTS.get(language.partition("_")[0].lower(), _TEXTS[_FALLBACK])
    return texts[code]
