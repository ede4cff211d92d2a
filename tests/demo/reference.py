"""Saleor's own schemas and recordings, where the folder in SALEOR_REFERENCE holds them."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

needs_reference = pytest.mark.skipif(
    not os.environ.get("SALEOR_REFERENCE"),
    reason="SALEOR_REFERENCE names no folder with Saleor's full schemas and recordings; nothing to compare with.",
)


def folder() -> Path:
    return Path(os.environ["SALEOR_REFERENCE"])


@cache
def full_schema(version: str) -> GraphQLSchema:
    """Saleor's whole schema; building it takes seconds, so each test process does it once a version."""
    return build_schema((folder() / f"schema-{version}.graphql").read_text(), assume_valid=True)


def recording(name: str) -> dict[str, Any]:
    """Method, path, headers and parsed body of a request that a real Saleor sent."""
    content: dict[str, Any] = json.loads((folder() / "recordings" / f"{name}.json").read_text())
    return content


def recorded_bytes(name: str) -> bytes:
    return (folder() / "recordings" / f"{name}.body").read_bytes()
