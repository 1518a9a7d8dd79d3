"""What the launcher and the supervisor know of an embedded server."""

from __future__ import annotations

from signal import Signals
from typing import Protocol


class EmbeddedServer(Protocol):
    """A server that can be started from a wheel; it is prepared before each start."""

    @property
    def name(self) -> str:
        """What people call it, and its log file."""
        ...

    @property
    def url(self) -> str:
        """Where it will be reached, password included."""
        ...

    @property
    def stop_signal(self) -> Signals:
        """What makes it stop cleanly."""
        ...

    def prepare(self) -> None:
        """Create what it needs and stop what an earlier run left; raises CannotStart."""
        ...

    def command(self) -> list[str]:
        """Return the command that becomes the server and dies with this process; raises CannotStart."""
        ...

    def is_ready(self) -> bool:
        """Tell whether it answers."""
        ...
