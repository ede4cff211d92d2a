"""What orders deserve, posted as the difference to what they have."""
