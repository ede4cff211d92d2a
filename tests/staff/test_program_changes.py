"""Programs are changed whole, by who has read them last, with a sentence for each thing that cannot be."""

from typing import Any

import pytest

from tests.door import Door, Shop
from tests.staff.deeds import SETTINGS
from tests.staff.scene import Scene, mutation, open_scene

TOLD = """
program {
  version name zone confirmAfterDays earnStaffOrders pausedAt
  settings {
    amounts enrollment deficit expiry { kind days month day atLeastDays } expireWarnDays returnGraceDays
    redemption { minPoints maxSharePercent stepPoints holdMinutes tender }
    staff { fourEyesAbove dailyLimit goodwillCostCenter } dryRun
  }
}
errors { field code message }
"""


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    return await open_scene(door, shop)


async def told(scene: Scene, name: str, /, **wanted: object) -> Any:  # noqa: ANN401 # any payload
    token = scene.shop.dashboard_token("MANAGE_DISCOUNTS")
    given = {"programId": scene.program} | wanted
    return (await scene.door.data(mutation(name, TOLD), {"input": given}, token=token))[name]


async def error(scene: Scene, settings: dict[str, Any], **wanted: object) -> tuple[str, str]:
    """The field at fault and the sentence, after which the program is as before."""
    answer = await told(scene, "programUpdate", expectedVersion=1, settings={**SETTINGS, **settings}, **wanted)
    [found] = answer["errors"]
    assert (answer["program"], await scene.rows("SELECT version FROM program")) == (None, [(1,)])
    assert await scene.rows("SELECT count(*) FROM audit_trail") == [(0,)]
    return found["field"], found["message"]


async def test_a_program_is_changed_whole_and_the_change_is_written_down(scene: Scene) -> None:
    settings = {
        "amounts": "NET",
        "enrollment": "OPT_IN",
        "deficit": "FLOOR_AT_ZERO",
        "expiry": {"kind": "FIXED_DATE", "month": 2, "day": 29, "atLeastDays": 90},
        "expireWarnDays": [60, 14, 1],
        "returnGraceDays": 0,
        "redemption": {
            "minPoints": 100,
            "maxSharePercent": 100,
            "stepPoints": 50,
            "holdMinutes": 5,
            "tender": "VOUCHER",
        },
        "staff": {"fourEyesAbove": 0, "dailyLimit": 1, "goodwillCostCenter": "desk"},
        "dryRun": True,
    }
    answer = await told(
        scene,
        "programUpdate",
        expectedVersion=1,
        settings=settings,
        name=" Club ",
        zone="Europe/Berlin",
        confirmAfterDays=0,
        earnStaffOrders=True,
        text="New year",
    )
    days = {"kind": "FIXED_DATE", "days": None, "month": 2, "day": 29, "atLeastDays": 90}
    assert answer == {
        "program": {
            "version": 2,
            "name": "Club",
            "zone": "Europe/Berlin",
            "confirmAfterDays": 0,
            "earnStaffOrders": True,
            "pausedAt": None,
            "settings": {**settings, "expiry": days},
        },
        "errors": [],
    }
    [(before, after, reason)] = await scene.rows("SELECT before, after, reason FROM audit_trail")
    assert (before["version"], before["settings"]["deficit"], before["zone"]) == (1, "ALLOW_DEFICIT", "UTC")
    assert (after["version"], after["settings"]["deficit"], after["zone"]) == (2, "FLOOR_AT_ZERO", "Europe/Berlin")
    assert reason == "New year"


async def test_who_has_read_an_older_version_is_refused(scene: Scene) -> None:
    first = await told(scene, "programUpdate", expectedVersion=1, settings={**SETTINGS, "dryRun": True})
    assert (first["program"]["name"], first["program"]["zone"]) == ("Points EUR", "UTC")
    second = await told(scene, "programUpdate", expectedVersion=1, settings=SETTINGS)
    assert second["errors"] == [
        {
            "field": "expectedVersion",
            "code": "STALE_VERSION",
            "message": "The program is at version 2 by now, not at 1; read it again.",
        }
    ]
    assert await scene.rows("SELECT settings ->> 'dry_run' FROM program") == [("true",)]


@pytest.mark.parametrize("kind", ["PERIOD", "INACTIVITY", "FIXED_DATE", "NEVER"])
async def test_each_way_of_lapsing_is_kept_as_it_was_given(scene: Scene, kind: str) -> None:
    parts = {"FIXED_DATE": {"month": 12, "day": 31, "atLeastDays": 0}, "NEVER": {}}.get(kind, {"days": 90})
    settings = {**SETTINGS, "expiry": {"kind": kind, **parts}}
    answer = await told(scene, "programUpdate", expectedVersion=1, settings=settings)
    nothing = dict.fromkeys(("days", "month", "day", "atLeastDays"))
    assert answer["program"]["settings"]["expiry"] == {"kind": kind, **nothing, **parts}


@pytest.mark.parametrize(
    ("settings", "field", "message"),
    [
        (
            {"redemption": {**SETTINGS["redemption"], "maxSharePercent": 101}},
            "settings.redemption.maxSharePercent",
            "redemption.maxSharePercent must be at most 100.",
        ),
        (
            {"redemption": {**SETTINGS["redemption"], "stepPoints": 0}},
            "settings.redemption.stepPoints",
            "redemption.stepPoints must be at least 1.",
        ),
        ({"expiry": {"kind": "PERIOD", "days": 0}}, "settings.expiry.days", "expiry.days must be at least 1."),
        ({"expiry": {"kind": "PERIOD"}}, "settings.expiry.days", "days is needed for PERIOD."),
        ({"expiry": {"kind": "NEVER", "days": 5}}, "settings.expiry.days", "days does not belong to NEVER."),
        (
            {"expiry": {"kind": "FIXED_DATE", "month": 4, "day": 31, "atLeastDays": 1}},
            "settings.expiry.day",
            "Month 4 has no day 31.",
        ),
        ({"returnGraceDays": -1}, "settings.returnGraceDays", "returnGraceDays must be at least 0."),
        ({"expireWarnDays": [7, 7]}, "settings.expireWarnDays", "Give up to 5 different numbers of days."),
        ({"expireWarnDays": [0]}, "settings.expireWarnDays[0]", "expireWarnDays[0] must be at least 1."),
        (
            {"staff": {**SETTINGS["staff"], "goodwillCostCenter": "x" * 41}},
            "settings.staff.goodwillCostCenter",
            "staff.goodwillCostCenter must be at most 40 characters long.",
        ),
        (
            {"staff": {**SETTINGS["staff"], "goodwillCostCenter": " "}},
            "settings.staff.goodwillCostCenter",
            "Name a cost center.",
        ),
    ],
)
async def test_settings_that_cannot_be_are_refused_with_a_sentence(
    scene: Scene, settings: dict[str, Any], field: str, message: str
) -> None:
    assert await error(scene, settings) == (field, message)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "/etc/passwd", "Europe", "../UTC"])
async def test_a_zone_must_be_one(scene: Scene, zone: str) -> None:
    assert await error(scene, {}, zone=zone) == ("zone", "That is no IANA time zone, such as Europe/Berlin.")


async def test_a_name_and_a_number_of_days_must_be_sensible(scene: Scene) -> None:
    assert await error(scene, {}, name="") == ("name", "Write 1 to 100 characters.")
    assert await error(scene, {}, confirmAfterDays=-1) == ("confirmAfterDays", "Give 0 to 3650 days.")


async def test_a_program_is_paused_and_resumed_once(scene: Scene) -> None:
    paused = await told(scene, "programPause", text="Stocktaking")
    assert (paused["program"]["pausedAt"][:13], paused["program"]["version"]) == ("2026-03-31T12", 2)
    again = await told(scene, "programPause")
    assert again["errors"][0]["message"] == "This program is paused already."
    resumed = await told(scene, "programResume")
    assert (resumed["program"]["pausedAt"], resumed["program"]["version"]) == (None, 3)
    assert (await told(scene, "programResume"))["errors"][0]["message"] == "This program is not paused."


async def test_another_shops_program_is_not_found(scene: Scene, door: Door, other_shop: Shop) -> None:
    foreign = await open_scene(door, other_shop)
    for name, more in (("programPause", {}), ("programUpdate", {"expectedVersion": 1, "settings": SETTINGS})):
        answer = await told(foreign, name, programId=scene.program, **more)
        assert [(one["field"], one["code"]) for one in answer["errors"]] == [("programId", "NOT_FOUND")]
