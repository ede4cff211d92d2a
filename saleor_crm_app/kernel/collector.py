"""The garbage collector of a long-lived process, whose pauses are most of the slowest percent."""

import gc


def settle_down() -> None:
    """Take what was loaded at start out of garbage collection, and look for circles less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)
