"""The root of the command line: what it is called, what it may be told, and how it fails."""

import sys

import click

from saleor_crm_app.cli.books import migrate, verify
from saleor_crm_app.cli.demo import demo
from saleor_crm_app.cli.doctor import doctor
from saleor_crm_app.cli.export import export
from saleor_crm_app.cli.export_coupons import export_coupons
from saleor_crm_app.cli.import_coupons import import_
from saleor_crm_app.cli.installations import installations
from saleor_crm_app.cli.keys import keys
from saleor_crm_app.cli.processes import serve, work
from saleor_crm_app.cli.reconcile import backfill, reconcile
from saleor_crm_app.cli.schema import schema
from saleor_crm_app.cli.selftest import selftest
from saleor_crm_app.config import SettingsError
from saleor_crm_app.kernel.errors import CrmError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="saleor-crm")
def saleor_crm() -> None:
    """Loyalty and CRM for shops that run on Saleor."""


for _command in (
    demo, serve, work, migrate, doctor, verify, export, import_, reconcile, backfill, installations, keys, schema,
    selftest,
):  # fmt: skip
    saleor_crm.add_command(_command)
export.add_command(export_coupons)


def main() -> None:
    """Run a command; what it refuses is one sentence on stderr and exit code 1, never a traceback."""
    try:
        saleor_crm()
    except (CrmError, SettingsError) as error:
        click.echo(f"saleor-crm: {error}", err=True)
        sys.exit(1)
