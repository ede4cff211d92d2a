"""The schema's history; run by `saleor-crm migrate`, imported by nothing."""
