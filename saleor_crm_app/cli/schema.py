"""`schema`: the app's own SDL, its JSON Schemas and its error codes exported, the slice of Saleor's pulled."""

import asyncio
import difflib
import sys
from pathlib import Path

import click

from saleor_crm_app import staff, storefront
from saleor_crm_app.cli.error_catalog import error_catalog
from saleor_crm_app.cli.output import as_json, say
from saleor_crm_app.crm.segments import condition_schema_text
from saleor_crm_app.kernel.resources import data_path
from saleor_crm_app.loyalty.rules import rule_schema_text
from saleor_crm_app.saleor.schema_slice import pull as pull_slice


@click.group()
def schema() -> None:
    """Export the app's GraphQL schemas; pull what its documents use of Saleor's."""


def _exports() -> dict[Path, str]:
    root = data_path("graphql").parent
    folder = root / "graphql" / "own"
    exports = {folder / "storefront.graphql": storefront.sdl(), folder / "staff.graphql": staff.sdl()}
    reference = root / "docs" / "reference"
    if reference.is_dir():  # an installed wheel carries no docs
        exports[reference / "earning-rule.schema.json"] = rule_schema_text()
        exports[reference / "segment-condition.schema.json"] = condition_schema_text()
        exports[reference / "errors.md"] = error_catalog()
    return exports


@schema.command()
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when a file differs from the code.")
@as_json
def export(*, check: bool, in_json: bool) -> None:
    """Write graphql/own/*.graphql, docs/reference/*.schema.json and docs/reference/errors.md."""
    differing = []
    for path, sdl in _exports().items():
        written = path.read_text() if path.exists() else ""
        if written != sdl:
            differing.append(path.name)
            if check:
                click.echo("\n".join(difflib.unified_diff(written.splitlines(), sdl.splitlines(), path.name, "code")))
            else:
                path.write_text(sdl)
    if check and differing:
        click.echo(f"{', '.join(differing)}: not what the code says; run `saleor-crm schema export`", err=True)
        sys.exit(1)
    say("The exported schemas are what the code says.", in_json=in_json, changed=differing)


@schema.command()
@click.argument("source")
@as_json
def pull(source: str, *, in_json: bool) -> None:
    """Regenerate graphql/saleor/schema.graphql from SOURCE, a Saleor's API URL or a file with its full schema."""
    path = data_path("graphql") / "saleor" / "schema.graphql"
    path.write_text(asyncio.run(pull_slice(source)))
    say(f"{path} holds what the documents use.", in_json=in_json, path=path)
