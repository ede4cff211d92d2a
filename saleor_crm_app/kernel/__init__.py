"""What every floor stands on: database, ids, money, clock, errors, telemetry."""
