"""The console command `saleor-crm`: one file per group of commands."""

from saleor_crm_app.cli.main import main

__all__ = ["main"]
