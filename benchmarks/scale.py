"""How much is measured: enough to trust the figures, or just enough to see that everything runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Rounds, and the work of each contestant in a round; `warm` goes once before the first."""

    rounds: int
    warm: bool = True
    door_bodies: int
    door_requests: int
    durable_requests: int
    pgbench_seconds: int
    posting_events: int
    posting_customers: int
    lapsed_lots: int
    scored_customers: int
    bought_lines: int
    growth_entries: tuple[int, int]
    growth_reads: int
    offer_members: tuple[int, int]
    offer_decisions: int
    loyalty_me_requests: int


FULL = Scale(
    rounds=5,
    door_bodies=1_000,
    door_requests=10_000,
    durable_requests=6_000,
    pgbench_seconds=3,
    posting_events=50_000,
    posting_customers=10_000,
    lapsed_lots=100_000,
    scored_customers=200_000,
    bought_lines=1_000_000,
    growth_entries=(100_000, 1_000_000),
    growth_reads=1_000,
    offer_members=(10_000, 1_000_000),
    offer_decisions=500,
    loyalty_me_requests=3_000,
)
QUICK = Scale(
    rounds=3,
    door_bodies=300,
    door_requests=2_000,
    durable_requests=1_500,
    pgbench_seconds=1,
    posting_events=3_000,
    posting_customers=600,
    lapsed_lots=20_000,
    scored_customers=20_000,
    bought_lines=100_000,
    growth_entries=(20_000, 200_000),
    growth_reads=400,
    offer_members=(2_000, 50_000),
    offer_decisions=200,
    loyalty_me_requests=1_000,
)
TINY = Scale(
    rounds=1,
    warm=False,
    door_bodies=20,
    door_requests=64,
    durable_requests=64,
    pgbench_seconds=1,
    posting_events=200,
    posting_customers=40,
    lapsed_lots=200,
    scored_customers=200,
    bought_lines=1_000,
    growth_entries=(500, 1_000),
    growth_reads=20,
    offer_members=(40, 80),
    offer_decisions=10,
    loyalty_me_requests=64,
)
