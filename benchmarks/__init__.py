"""How fast the app is, always beside something that runs in the same minutes on the same machine."""
