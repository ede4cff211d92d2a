"""Lets `python -m saleor_crm_app` do what `saleor-crm` does."""

from saleor_crm_app.cli import main

if __name__ == "__main__":
    main()
