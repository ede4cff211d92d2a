"""What a web process counts while it works, as text for Prometheus; no label holds an address or a person.

Several processes behind one port count into files of one folder, so that whichever of them is asked tells of all:
`counting_together` names that folder in the environment before they start.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_UNROUTED: Final = "none"

_counted = CollectorRegistry()

REQUESTS: Final = Counter(
    "saleor_crm_requests",
    "Requests answered, by route, method and status.",
    ["route", "method", "status"],
    registry=_counted,
)
REQUEST_SECONDS: Final = Histogram(
    "saleor_crm_request_seconds",
    "Seconds until a request was answered.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
    registry=_counted,
)
DELIVERIES: Final = Counter(
    "saleor_crm_deliveries",
    "Webhook deliveries by installation, empty where none was proved, and by what became of them.",
    ["installation", "outcome"],
    registry=_counted,
)


def count_delivery(installation: str, outcome: str) -> None:
    _deliveries(installation, outcome).inc()


def count_request(scope: MutableMapping[str, Any], *, status: int, seconds: float) -> str:
    """Count a request that was answered, under its route and not under its path, which is anybody's to choose."""
    route = str(getattr(scope.get("route"), "path", _UNROUTED))
    # any word can be sent as a method, but only those of a route are answered with other than 405
    method = scope["method"] if status != 405 and route != _UNROUTED else _UNROUTED
    _requests(route, method, str(status)).inc()
    _request_seconds(route).observe(seconds)
    return route


# finding a labeled child takes longer than counting with it
_deliveries = lru_cache(maxsize=4096)(DELIVERIES.labels)
_requests = lru_cache(maxsize=4096)(REQUESTS.labels)
_request_seconds = lru_cache(maxsize=1024)(REQUEST_SECONDS.labels)


def gauge(name: str, help_text: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float]]) -> Metric:
    """One family of figures read just now; each sample gives its labels' values and the figure."""
    family = GaugeMetricFamily(f"saleor_crm_{name}", help_text, labels=labels)
    for values, figure in samples:
        family.add_metric(values, figure)
    return family


def exposition(read: Iterable[Metric]) -> bytes:
    """Everything as text: what was counted, what was just read, and what this process is."""
    registry = CollectorRegistry()
    registry.register(_Read([_build(), *read]))
    if _FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library leaves it untyped
        return generate_latest(registry)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return generate_latest(registry) + generate_latest(_counted)


@contextmanager
def counting_together(*, processes: int) -> Iterator[None]:
    """Let the web processes that start meanwhile count as one; a single one needs no folder."""
    if processes == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="saleor-crm-metrics-") as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]


class _Read(Collector):
    """Figures that were read for one answer."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _build() -> Metric:
    return gauge("build_info", "Which version of the app answers.", ["version"], [([version("saleor-crm")], 1)])
