"""Rules, sets and contexts for tests: a test names only what it is about."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.ids import ProgramId, global_id
from saleor_crm_app.loyalty.program import Rate
from saleor_crm_app.loyalty.rules import OrderContext, evaluate
from saleor_crm_app.loyalty.rules.document import Exclusions
from saleor_crm_app.loyalty.rules.evaluation import Earned
from saleor_crm_app.loyalty.rules.reading import read_rule
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, RuleSet, RuleSetDocument, base_rules

UTC_ZONE = ZoneInfo("UTC")
BASE = base_rules("base", Rate(1, 100))
TEA, CUPS, SALE = (global_id("Category", name) for name in ("1", "2", "3"))
GREEN, MUG = global_id("Product", "10"), global_id("Product", "11")
GIFTS = global_id("Collection", "20")
DRINK = global_id("ProductType", "30")


def document(**parts: object) -> dict[str, Any]:
    """A rule on orders, one point per unit unless it says otherwise."""
    return {"name": "A rule", "when": {"type": "ORDER"}, "then": {"type": "PER_UNIT", "points": 1}} | parts


def rule(name: str, then: dict[str, object], **parts: object) -> PublishedRule:
    """A published rule, its name its id; `if_` stands for `if`."""
    if "if_" in parts:
        parts["if"] = parts.pop("if_")
    read = read_rule(document(name=name, then=then, **parts))
    return PublishedRule(id=name, version=1, **{field: getattr(read, field) for field in read.__struct_fields__})


def rule_set(*rules: PublishedRule, version: int = 2, exclude: Exclusions | None = None, **other: object) -> RuleSet:
    held = RuleSetDocument(rules=rules, exclude=exclude or Exclusions())
    columns: dict[str, Any] = {"program": ProgramId(UUID(int=1)), "currency": "EUR", "version": version} | other
    return RuleSet(document=held, **columns)


def context(**parts: Any) -> OrderContext:  # noqa: ANN401 # any field of it
    fields: dict[str, Any] = {"display_gross": True, "zone": UTC_ZONE} | parts
    return OrderContext(**fields)


def earned(order: OrderSnapshot, *rules: PublishedRule, **known: object) -> Earned:
    """What the order earns by these rules."""
    return evaluate(rule_set(*rules), order, context(**known))


def points(order: OrderSnapshot, *rules: PublishedRule, **known: object) -> int:
    return earned(order, *rules, **known).points


def local(year: int, month: int, day: int, hour: int = 12, *, zone: str = "UTC") -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(zone))
