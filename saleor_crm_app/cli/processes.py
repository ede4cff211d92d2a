"""`serve` and `work`: the web process and the job process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
import uvicorn

from saleor_crm_app.config import Settings, settings
from saleor_crm_app.installation.setup_code import setup_code
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.metrics import counting_together
from saleor_crm_app.kernel.telemetry import configure_logging
from saleor_crm_app.kernel.tracing import demand_tracing, start_tracing, stop_tracing
from saleor_crm_app.kernel.whereabouts import Whereabouts, whereabouts
from saleor_crm_app.worker import make_worker


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option(
    "--with-worker/--without-worker",
    default=None,
    help="Run jobs beside the web process; the default on the embedded database.",
)
def serve(host: str, port: int, workers: int, *, with_worker: bool | None) -> None:
    """Serve manifest, webhooks and GraphQL."""
    chosen = settings()
    configure_logging(chosen.app_log_level)
    demand_tracing(wanted=chosen.otel_enabled)
    # the server raises the signal again once it has stopped; by then the job process and the database wait for us
    signal.signal(signal.SIGTERM, _leave)
    with whereabouts(chosen) as where:
        _prepare(chosen, where)
        with (
            counting_together(processes=workers),
            _job_process(wanted=chosen.embedded_database if with_worker is None else with_worker),
        ):
            _tell_how_to_install(chosen, host, port)
            uvicorn.run(
                "saleor_crm_app.app:create",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(chosen.forwarded_allow_ips),
                forwarded_allow_ips=chosen.forwarded_allow_ips,
                timeout_graceful_shutdown=10,
                ws="none",
            )


@click.command()
def work() -> None:
    """Apply events and run jobs; any number of these may run on any number of machines."""
    chosen = settings()
    configure_logging(chosen.app_log_level)
    start_tracing(wanted=chosen.otel_enabled, process="work")
    with whereabouts(chosen) as where:
        _prepare(chosen, where)
        asyncio.run(_work(chosen, where.app_url))
    stop_tracing()


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _prepare(chosen: Settings, where: Whereabouts) -> None:
    """Our own server's schema is our own business; another's is only checked."""
    if chosen.embedded_database:
        schema.migrate(where.owner_url, login=where.login)
    else:
        schema.check(where.app_url)


async def _work(chosen: Settings, url: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await make_worker(chosen, url).run(stop)


@contextmanager
def _job_process(*, wanted: bool) -> Iterator[None]:
    """Run `work` as a child for as long as the web process lives."""
    if not wanted:
        yield
        return
    child = subprocess.Popen([sys.executable, "-m", "saleor_crm_app", "work"], env=os.environ)
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=15)


def _tell_how_to_install(chosen: Settings, host: str, port: int) -> None:
    base = chosen.app_api_base_url or f"http://{host}:{port}"
    code = setup_code(chosen)
    query = f"?setup={code}" if code else ""
    click.echo(
        f"Install the app in the Saleor Dashboard with this manifest URL:\n  {base}/api/manifest{query}", err=True
    )
