"""The GraphQL schema of a shop of a given version, and what it publishes for federation."""

import re
from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_schema

from saleor_crm_app.demo.versions import SaleorVersion

_SDL = Path(__file__).parent / "sdl"
_KEYS = {
    "App": ("id",),
    "Category": ("id",),
    "Collection": ("id channel",),
    "Order": ("id",),
    "Product": ("id channel",),
    "ProductType": ("id",),
    "ProductVariant": ("id channel",),
    "User": ("id", "email"),
}
_OWN_OF_FEDERATION = re.compile(
    r"^extend type Query \{\s+_entities[^}]*\}"
    r"|^scalar _Any$|^union _Entity.*$|^type _Service \{[^}]*\}|^  _service\b.*$",
    re.MULTILINE,
)


@cache
def schema_of(version: SaleorVersion) -> GraphQLSchema:
    """Build the schema that a shop of this version has."""
    return build_schema(sdl_of(version))


def sdl_of(version: SaleorVersion) -> str:
    """Join the files that hold for a version: `since-X` from X on, `until-X` up to and with X."""
    holding = [f"since-{step}" for step in SaleorVersion if step <= version]
    holding += [f"until-{step}" for step in SaleorVersion if step >= version]
    paths = [_SDL / f"{name}.graphql" for name in holding]
    return "\n".join(path.read_text() for path in paths if path.exists())


def service_sdl(version: SaleorVersion) -> str:
    """What `_service { sdl }` says: Federation 1, with Saleor's keys and without federation's own types."""
    text = _OWN_OF_FEDERATION.sub("", sdl_of(version))
    for name, keys in _KEYS.items():
        directives = " ".join(f'@key(fields: "{key}")' for key in keys)
        text = re.sub(rf"^type {name} \{{", f"type {name} {directives} {{", text, flags=re.MULTILINE)
    return text
