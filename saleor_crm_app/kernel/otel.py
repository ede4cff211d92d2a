"""Spans for OpenTelemetry, sent by OTLP over HTTP to where its own OTEL_EXPORTER_OTLP_... settings say."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_CALLERS = TraceContextTextMapPropagator()


class OtelSpan:
    """A span under way."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def set(self, **attributes: str | int) -> None:
        self._span.set_attributes(attributes)

    def fail(self, error: BaseException) -> None:
        """Of an error only its kind is told: its words may hold a person's."""
        self._span.set_status(StatusCode.ERROR)
        self._span.set_attribute("error.type", type(error).__name__)


class OtelTracer:
    """One per process; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say what else it is called."""

    def __init__(self, process: str) -> None:
        self._provider = TracerProvider(resource=_resource(process), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("saleor_crm_app")

    @contextmanager
    def span(
        self, name: str, attributes: dict[str, str | int], headers: Iterable[tuple[bytes, bytes]]
    ) -> Iterator[OtelSpan]:
        """Begin a span inside the current one, or inside that of the caller whom the headers name."""
        caller = {key.decode("latin-1"): value.decode("latin-1") for key, value in headers}
        with self._tracer.start_as_current_span(
            name,
            context=_CALLERS.extract(caller) if caller else None,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            told = OtelSpan(span)
            try:
                yield told
            except BaseException as error:
                told.fail(error)
                raise

    def close(self) -> None:
        """Send what waits, and stop."""
        self._provider.shutdown()


def _resource(process: str) -> Resource:
    told = Resource.create({"service.version": version("saleor-crm"), "saleor_crm.process": process})
    if str(told.attributes["service.name"]).startswith("unknown_service"):
        told = told.merge(Resource({"service.name": "saleor-crm"}))
    return told
