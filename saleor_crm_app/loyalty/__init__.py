"""What customers earn and spend."""
