"""Earning rules: what earns how many points, in versions that are never changed."""

from saleor_crm_app.loyalty.rules import presently
from saleor_crm_app.loyalty.rules.actions import ActionContext, Granted, granted_for
from saleor_crm_app.loyalty.rules.base import Target, target_of
from saleor_crm_app.loyalty.rules.budgets import budgets_given, lock_budgets, take_budget
from saleor_crm_app.loyalty.rules.carts import Cart, earned_by, read_cart
from saleor_crm_app.loyalty.rules.desk import RuleDesk
from saleor_crm_app.loyalty.rules.document import Birthday, Event, Exclusions, Rule, SignUp
from saleor_crm_app.loyalty.rules.drafts import (
    RuleDraft,
    RuleState,
    create_rule,
    find_rule,
    rules_of,
    state_of,
    update_rule,
)  # fmt: skip
from saleor_crm_app.loyalty.rules.errors import ProgramNotFound, RuleNotFound
from saleor_crm_app.loyalty.rules.evaluation import Earned, OrderContext, evaluate, read_explanation, replay
from saleor_crm_app.loyalty.rules.examples import Example, examples_of, keep_example, remove_example
from saleor_crm_app.loyalty.rules.json_schema import rule_schema, rule_schema_text
from saleor_crm_app.loyalty.rules.limiting import Used
from saleor_crm_app.loyalty.rules.phrases import PHRASES, Language
from saleor_crm_app.loyalty.rules.publishing import Publication, publish_exclusions, publish_rule, retire_rule
from saleor_crm_app.loyalty.rules.reading import read_exclusions, read_rule
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, RuleSet, RuleSetDocument, implied, segments_asked
from saleor_crm_app.loyalty.rules.versions import newest_version, rule_set_at, rule_sets_of
from saleor_crm_app.loyalty.rules.wording import describe, diff

__all__ = [
    "PHRASES", "ActionContext", "Birthday", "Cart", "Earned", "Event", "Example", "Exclusions", "Granted", "Language",
    "OrderContext", "ProgramNotFound", "Publication", "PublishedRule", "Rule", "RuleDesk", "RuleDraft", "RuleNotFound",
    "RuleSet", "RuleSetDocument", "RuleState", "SignUp", "Target", "Used", "budgets_given", "create_rule", "describe",
    "diff", "earned_by", "evaluate", "examples_of", "find_rule", "granted_for", "implied", "keep_example",
    "lock_budgets", "newest_version", "presently", "publish_exclusions", "publish_rule", "read_cart", "read_exclusions",
    "read_explanation", "read_rule", "remove_example", "replay", "retire_rule", "rule_schema", "rule_schema_text",
    "rule_set_at", "rule_sets_of", "rules_of", "segments_asked", "state_of", "take_budget", "target_of", "update_rule",
]  # fmt: skip
