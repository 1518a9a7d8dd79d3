"""How the processes run Python's garbage collector: seldom, and without looking at what is there for good.

A replay makes several objects per trade that all stay alive; at the defaults the collector looks for cycles among
them every few hundred, over and over, and takes a third of the time.
"""

from __future__ import annotations

import gc
from typing import Final

# new objects between two looks at the young; looks at the young per look at the middle-aged; those per look at all
THRESHOLDS: Final = (10_000, 50, 20)


def calm_collector() -> None:
    """Set what is loaded so far apart, and look for cycles more seldom. Call once, when a process is ready."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
