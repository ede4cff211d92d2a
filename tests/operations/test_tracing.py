"""Spans as a collector receives them over HTTP, and the silence of a process that is to send none."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.demo import SimulatedShop, purchase_story, serving
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import OrderId, new_id
from saleor_crm_app.kernel.tracing import span, start_tracing, stop_tracing
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET, QuietServer, RunningApp, running
from tests.operations.serving import loopback

CALLERS_TRACE = "0af7651916cd43dd8448eb211c80319c"


class Collector:
    """What arrived at `/v1/traces`."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []

    async def take(self, request: Request) -> Response:
        self.requests.append(ExportTraceServiceRequest.FromString(await request.body()))
        return Response(b"", media_type="application/x-protobuf")

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def about(self) -> dict[str, str]:
        resource = self.requests[0].resource_spans[0].resource
        return {attribute.key: attribute.value.string_value for attribute in resource.attributes}


def said(span: Span) -> dict[str, str | int]:
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes}


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, str]]:
    collector = Collector()
    app = Starlette(routes=[Route("/v1/traces", collector.take, methods=["POST"])])
    async with loopback(QuietServer(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))) as url:
        yield collector, url


@asynccontextmanager
async def traced(monkeypatch: pytest.MonkeyPatch, url: str) -> AsyncIterator[None]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    start_tracing(wanted=True, process="web")
    try:
        yield
    finally:
        await asyncio.to_thread(stop_tracing)  # the collector answers in this loop


async def test_a_purchase_is_traced_with_its_installation_and_no_person(
    addresses: Addresses, shop_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    async with (
        collecting() as (collector, url),
        running(addresses) as app,
        serving(SimulatedShop(seed=1, key=shop_key)) as shop,
    ):
        # when
        async with traced(monkeypatch, url):
            async with app.working():
                told = await purchase_story(
                    shop,
                    app_url=app.url,
                    manifest_url=app.manifest_url,
                    advance_clock=app.pass_time,
                    report=lambda _step: None,
                )
            await read_some_order(app)
        installation, api_url = str(await app.installation()), shop.api_url
    # then
    assert told.is_right
    assert collector.about().items() >= {"service.name": "saleor-crm", "saleor_crm.process": "web"}.items()
    requests = {span.span_id: said(span) for span in collector.named("request")}
    for webhook in collector.named("webhook"):
        assert said(webhook).items() >= {"installation": installation, "outcome": "stored"}.items()
        assert requests[webhook.parent_span_id].items() >= {"route": "/api/webhooks/saleor", "status": 200}.items()
    assert len(collector.named("webhook")) > 5
    assert {said(span)["installation"] for span in collector.named("batch")} == {installation}
    calls = [said(span) for span in collector.named("call to a shop")]
    assert {"document": "AppIdentity", "installation": ""} in calls
    assert {"document": "Order", "installation": installation} in calls
    everything = " ".join(f"{span.name} {said(span)}" for span in collector.spans)
    assert [word for word in ("@", api_url, "Anna") if word in everything] == []


async def read_some_order(app: RunningApp) -> None:
    """One that is not there, which the shop is asked for all the same."""
    installation = await app.installation()
    async with app.database.shop(installation) as session:
        await outbox.enqueue(session, ReadOrder(installation=installation, order=OrderId(new_id())))
    await app.settle()


async def test_a_request_goes_on_with_its_callers_trace(addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        collecting() as (collector, url),
        running(addresses) as app,
        traced(monkeypatch, url),
        httpx.AsyncClient(base_url=app.url, trust_env=False) as client,
    ):
        await client.get("/health/live", headers={"traceparent": f"00-{CALLERS_TRACE}-b7ad6b7169203331-01"})
    [request] = collector.named("request")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (CALLERS_TRACE, "b7ad6b7169203331")


async def test_of_an_error_only_its_kind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with collecting() as (collector, url), traced(monkeypatch, url):
        with pytest.raises(ValueError, match="anna"), span("work"):
            raise ValueError("anna@example.com cannot be found")
    [failed] = collector.named("work")
    assert (failed.status.code, said(failed)) == (Status.STATUS_CODE_ERROR, {"error.type": "ValueError"})
    assert len(failed.events) == 0


def test_without_tracing_nothing_of_it_is_imported() -> None:
    code = "import sys, saleor_crm_app.app, saleor_crm_app.worker; from saleor_crm_app.cli.main import saleor_crm\n"
    code += "[saleor_crm.get_command(None, name) for name in saleor_crm.list_commands(None)]\n"
    code += "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("command", ["serve", "work"])
def test_tracing_that_is_not_installed_is_named_in_one_sentence(command: str, tmp_path: Path) -> None:
    code = f"import sys; sys.modules['opentelemetry'] = None; sys.argv = ['saleor-crm', '{command}']\n"
    code += "from saleor_crm_app.cli import main; main()"
    settings = {"OTEL_ENABLED": "true", "SECRET_KEY": SECRET, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | settings,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "saleor-crm: OTEL_ENABLED is on, but opentelemetry is missing:"
        " install saleor-crm[otel], or set OTEL_ENABLED=false\n"
    )
