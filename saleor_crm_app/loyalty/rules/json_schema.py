"""The JSON Schema of an earning rule, made from the very types that read it."""

import json
from typing import Any

import msgspec

from saleor_crm_app.loyalty.rules.document import Rule


def rule_schema() -> dict[str, Any]:
    """Draft 2020-12; what spans several fields is checked when a rule is read, not here."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Earning rule",
        **msgspec.json.schema(Rule),
    }


def rule_schema_text() -> str:
    """As it is published."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"
