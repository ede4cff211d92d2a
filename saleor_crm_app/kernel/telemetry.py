"""Structured logs: one JSON line per event, bound to request, installation and event; secrets never pass."""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache, partial
from typing import Any, TextIO, cast

import msgspec
import structlog

_SECRET_KEY = re.compile(r"token|secret|password|authorization|signature|email|cookie|code$", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"eyJ[\w-]+\.[\w-]*\.[\w-]+"  # tokens and signatures
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail addresses
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # credentials in addresses
    r"|(?i:bearer|jwt)\s+\S+"
)
_SUSPICIOUS = re.compile(r"eyJ|@|\s")
"""Without one of these no secret text can match; most values have none, and looking for them is cheap."""
HIDDEN = "[hidden]"


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what names or lets in a person, by key and by shape."""
    for key, value in event.items():
        if _is_secret(key):
            event[key] = HIDDEN
        elif isinstance(value, str) and _SUSPICIOUS.search(value):
            event[key] = _SECRET_TEXT.sub(HIDDEN, value)
    return event


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def configure_logging(level: str) -> None:
    """Send every log line of this process, the libraries' too, to stderr as redacted JSON.

    Our own lines do not pass through `logging`: its records would cost a request more than its signature does.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=partial(_Writer, sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "gql.transport.httpx", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Name a logger after the module that speaks."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger(name))


_encoder = msgspec.json.Encoder(enc_hook=repr)


def _as_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """One line, whatever is in it: a log must not fail."""
    try:
        return _encoder.encode(event).decode()
    except (TypeError, ValueError, OverflowError):  # such as half a surrogate pair, or a number beyond 64 bits
        return json.dumps(event, default=repr, skipkeys=True)


class _Writer(structlog.WriteLogger):
    """Writes finished lines; knows the name it speaks under."""

    def __init__(self, file: TextIO, name: str = "") -> None:
        super().__init__(file)
        self.name = name
