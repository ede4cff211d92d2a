"""What staff do to accounts, with a reason, limits and a second person."""
