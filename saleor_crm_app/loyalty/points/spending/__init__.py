"""Points set aside, spent and captured."""
