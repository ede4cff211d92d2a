"""What sign-up, birthdays and the shop's own events earn."""

from uuid import UUID

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty.rules.actions import ActionContext, granted_for
from saleor_crm_app.loyalty.rules.document import Birthday, Event, SignUp
from saleor_crm_app.loyalty.rules.limiting import Used
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule
from tests.loyalty.rules.rule_books import BASE, UTC_ZONE, rule, rule_set
from tests.shop import NOON

FIXED = {"type": "FIXED", "points": 100}
WELCOME = rule("welcome", FIXED, when={"type": "SIGN_UP"})
BIRTHDAY = rule("birthday", FIXED, when={"type": "BIRTHDAY"}, limits={"perCustomer": 150})
GOLDEN = rule("golden", FIXED, when={"type": "BIRTHDAY"}, if_={"type": "TIER", "in": ["gold"]})
VISIT = rule("visit", {"type": "FIXED", "points": 5}, when={"type": "EVENT", "name": "visit"}, limits={"perDay": 8})
RULES = (*BASE, WELCOME, BIRTHDAY, GOLDEN, VISIT)


def given(action: SignUp | Birthday | Event, *rules: PublishedRule, **known: object) -> list[tuple[str, int]]:
    context = ActionContext(at=NOON, zone=UTC_ZONE, **known)  # type: ignore[arg-type] # any of its fields
    return [(one.rule, one.points) for one in granted_for(rule_set(*(rules or RULES)), action, context)]


def test_an_action_earns_by_its_own_rules() -> None:
    assert given(SignUp()) == [("welcome", 100)]
    assert given(Birthday()) == [("birthday", 100)]
    assert given(Birthday(), tier="gold") == [("birthday", 100), ("golden", 100)]
    assert given(Event(name="visit")) == [("visit", 5)]
    assert given(Event(name="else")) == []


def test_an_action_earns_by_the_segments_of_its_moment() -> None:
    regulars = UUID(int=7)
    asked = {"type": "SEGMENT", "in": [global_id("CustomerSegment", regulars)]}
    gift = rule("gift", FIXED, when={"type": "BIRTHDAY"}, if_=asked)
    assert given(Birthday(), gift, segments=frozenset({regulars})) == [("gift", 100)]
    assert given(Birthday(), gift, segments=frozenset({UUID(int=8)})) == []


def test_an_action_keeps_to_the_limits() -> None:
    assert given(Event(name="visit"), used={"visit": Used(today=5, customer=5)}) == [("visit", 3)]
    assert given(Event(name="visit"), used={"visit": Used(today=8, customer=8)}) == []
    assert given(Birthday(), used={"birthday": Used(customer=100)}) == [("birthday", 50)]


def test_in_a_group_one_action_rule_counts() -> None:
    low = rule("low", FIXED, when={"type": "BIRTHDAY"}, stack={"group": "b"})
    high = rule("high", FIXED, when={"type": "BIRTHDAY"}, stack={"group": "b", "priority": 1})
    assert given(Birthday(), low, high) == [("high", 100)]


def test_a_grant_says_why_in_ids_and_numbers() -> None:
    context = ActionContext(at=NOON, zone=UTC_ZONE, used={"visit": Used(today=5)})
    [grant] = granted_for(rule_set(VISIT), Event(name="visit"), context)
    assert grant.explanation == {"rule": "visit", "version": 1, "fixed": 5, "cap": 3}
