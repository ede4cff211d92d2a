"""What the shop knows of its customers; asks nothing of loyalty."""
