"""Which of some texts is in a language: its country's own, else its main one."""

from collections.abc import Mapping
from typing import TypeVar

Text = TypeVar("Text")


def in_language(texts: Mapping[str, Text], language: str | None) -> Text | None:
    """By one of Saleor's language codes, such as `PT_BR`, for which `PT` will do; None where there is neither."""
    code = (language or "").upper().replace("-", "_")
    return texts.get(code) or texts.get(code.partition("_")[0])
