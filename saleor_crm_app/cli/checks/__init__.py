"""What `doctor` looks at: one file per thing that can be wrong, each fault with its fix in one sentence."""
