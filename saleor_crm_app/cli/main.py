"""The root of the command line: what it is called, what it may be told, and how it fails."""

import sys
from typing import Final

import click

from saleor_crm_app.cli.lazy import LazyGroup
from saleor_crm_app.config import SettingsError
from saleor_crm_app.kernel.errors import CrmError

_COMMANDS: Final = {
    "demo": "demo:demo",
    "serve": "processes:serve",
    "work": "processes:work",
    "migrate": "books:migrate",
    "doctor": "doctor:doctor",
    "verify": "books:verify",
    "export": "export:export",
    "import": "import_coupons:import_",
    "reconcile": "reconcile:reconcile",
    "backfill": "reconcile:backfill",
    "installations": "installations:installations",
    "keys": "keys:keys",
    "schema": "schema:schema",
    "selftest": "selftest:selftest",
}


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="saleor-crm")
def saleor_crm() -> None:
    """Loyalty and CRM for shops that run on Saleor."""


def main() -> None:
    """Run a command; what it refuses is one sentence on stderr and exit code 1, never a traceback."""
    try:
        saleor_crm()
    except (CrmError, SettingsError) as error:
        click.echo(f"saleor-crm: {error}", err=True)
        sys.exit(1)
