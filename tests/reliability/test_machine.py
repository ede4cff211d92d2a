"""Shops live at random, and after each act the ledger is what the model says.

Longer: MACHINE_EXAMPLES=2000 MACHINE_STEPS=50 pytest tests/reliability/test_machine.py
"""

import asyncio
import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from saleor_crm_app.kernel.db import Database
from tests.conftest import Addresses
from tests.reliability.machine import ShopLife, World

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "30"))
STEPS = int(os.environ.get("MACHINE_STEPS", "25"))


def test_the_ledger_is_what_the_model_says_after_every_act(addresses: Addresses) -> None:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        database = Database(addresses.app)

        class Life(ShopLife):
            def __init__(self) -> None:
                super().__init__(World(database, runner))

        try:
            run_state_machine_as_test(
                Life,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(database.close())
