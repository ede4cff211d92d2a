"""Spans around what takes time, given to OpenTelemetry where OTEL_ENABLED is on; else nothing of it is imported."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import ModuleType
from typing import Protocol

from saleor_crm_app.config import SettingsError


class Span(Protocol):
    """One thing being done; what is said of it names no person."""

    def set(self, **attributes: str | int) -> None:
        """Say what became known meanwhile."""


class Tracer(Protocol):
    """Where spans go; `kernel.otel` has the one there is."""

    def span(
        self, name: str, attributes: dict[str, str | int], headers: Iterable[tuple[bytes, bytes]]
    ) -> AbstractContextManager[Span]: ...

    def close(self) -> None: ...


class _Nothing:
    """The span that nobody hears of."""

    def set(self, **attributes: str | int) -> None:
        pass


class _Silence:
    """Tracing that is off."""

    _nothing: Span = _Nothing()

    def span(
        self, _name: str, _attributes: dict[str, str | int], _headers: Iterable[tuple[bytes, bytes]]
    ) -> AbstractContextManager[Span]:
        return nullcontext(self._nothing)

    def close(self) -> None:
        pass


_tracer: Tracer = _Silence()


def demand_tracing(*, wanted: bool) -> None:
    """Raise SettingsError when OpenTelemetry is wanted and not installed."""
    if wanted:
        _otel()


def start_tracing(*, wanted: bool, process: str) -> None:
    """Send this process' spans away from now on, if they are wanted; `process` is what it is called there.

    Raises SettingsError likewise.
    """
    global _tracer  # noqa: PLW0603 # one process, one place where its spans go
    if wanted:
        _tracer = _otel().OtelTracer(process)


def stop_tracing() -> None:
    """Send what is left, and be silent again."""
    global _tracer  # noqa: PLW0603 # likewise
    _tracer.close()
    _tracer = _Silence()


def span(name: str, **attributes: str | int) -> AbstractContextManager[Span]:
    """Something that begins and ends, inside what is under way."""
    return _tracer.span(name, attributes, ())


def span_of_request(
    name: str, headers: Iterable[tuple[bytes, bytes]], **attributes: str | int
) -> AbstractContextManager[Span]:
    """A request; its headers may say which trace of its caller it belongs to."""
    return _tracer.span(name, attributes, headers)


def _otel() -> ModuleType:
    """Not an import statement, so that a process without tracing pays nothing for it."""
    try:
        return import_module("saleor_crm_app.kernel.otel")
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"OTEL_ENABLED is on, but {error.name} is missing: install saleor-crm[otel], or set OTEL_ENABLED=false"
        ) from error
