"""Campaigns: on which days they show, in any zone, and how many offers there may be."""

from datetime import UTC, datetime, timedelta

import pytest

from saleor_crm_app.loyalty import offers
from saleor_crm_app.loyalty.offers.registry import MOST_OFFERS
from tests.loyalty.offers.stall import campaign
from tests.loyalty.offers.visits import Visits

TOLD = {"kind": "EARLY_ACCESS", "words": {"title": "Told"}}


async def copied(visits: Visits, times: int) -> None:
    """So many more of the one offer there is."""
    await visits.change(
        "INSERT INTO offer (installation_id, id, campaign_id, program_id, terms, made_at)"
        " SELECT installation_id, gen_random_uuid(), campaign_id, program_id, terms, made_at"
        " FROM offer, generate_series(1, :times)",
        times=times,
    )


async def test_more_offers_than_can_be_weighed_are_refused(visits: Visits) -> None:
    await campaign(visits.database, visits.shop, TOLD)
    await copied(visits, MOST_OFFERS - 2)
    [last] = await campaign(visits.database, visits.shop, TOLD)
    with pytest.raises(offers.errors.TooManyOffers):
        await campaign(visits.database, visits.shop, TOLD)
    async with visits.database.shop(visits.shop) as session:
        await offers.registry.retire_offer(session, visits.shop, last.id, at=visits.clock)
    await campaign(visits.database, visits.shop, TOLD)


async def test_offers_of_ended_campaigns_do_not_count(visits: Visits) -> None:
    [made] = await campaign(visits.database, visits.shop, TOLD)
    await copied(visits, MOST_OFFERS - 1)
    async with visits.database.shop(visits.shop) as session:
        await offers.campaigns.end_campaign(session, visits.shop, made.campaign, at=visits.clock)
    await campaign(visits.database, visits.shop, TOLD)
    assert await visits.titles() == ["Told"]


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends"),
    [
        ("UTC", "2026-03-10", "2026-03-10T00:00", "2026-03-11T00:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),  # a day of 23 hours
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),  # one of 25
        ("Asia/Kathmandu", "2026-03-10", "2026-03-09T18:15", "2026-03-10T18:15"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00", "2026-03-29T21:00"),  # its midnight is skipped
        ("Pacific/Kiritimati", "2026-03-10", "2026-03-09T10:00", "2026-03-10T10:00"),
        ("Pacific/Pago_Pago", "2026-03-10", "2026-03-10T11:00", "2026-03-11T11:00"),
    ],
)
async def test_a_campaign_of_one_day_is_shown_from_its_first_instant_to_its_last(
    visits: Visits, zone: str, day: str, begins: str, ends: str
) -> None:
    await visits.change("UPDATE program SET zone = :zone", zone=zone)
    await campaign(visits.database, visits.shop, TOLD, starts_on=day, ends_on=day)
    found = []
    for instant in (begins, ends):
        visits.clock = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        found.append(await visits.titles())
        visits.clock -= timedelta(microseconds=1)
        found.append(await visits.titles())
    assert found == [["Told"], [], [], ["Told"]]


async def test_the_days_answers_are_those_of_the_programs_zone(visits: Visits) -> None:
    await visits.change("UPDATE program SET zone = 'Europe/Berlin'")
    [made] = await campaign(visits.database, visits.shop, TOLD)
    told = []
    for instant in ("2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T21:59", "2026-03-29T22:00"):
        visits.clock = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        told += await visits.respond(offers.Response.SEEN, made)
    assert told == [True, True, False, True]


async def test_a_change_is_seen_at_once_by_a_process_that_knew_it_otherwise(visits: Visits) -> None:
    [made] = await campaign(visits.database, visits.shop, TOLD)
    assert await visits.titles() == ["Told"]
    other = Visits(visits.database, visits.shop, visits.clock)
    changed = offers.read_offer_terms({"kind": "EARLY_ACCESS", "words": {"title": "Told anew"}})
    async with visits.database.shop(visits.shop) as session:
        await offers.registry.update_offer(session, visits.shop, made.id, changed, expected_version=1, rules=[])
    assert [await visits.titles(), await other.titles()] == [["Told anew"], ["Told anew"]]
