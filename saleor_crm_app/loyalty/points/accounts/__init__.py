"""The life of accounts: merged, parted, closed, paused, rewarded for acts."""
