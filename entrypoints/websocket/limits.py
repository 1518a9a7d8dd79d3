"""How much a client of the stream may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEARTBEAT_S: Final = 20
# how long a client has to take its last message
CLOSE_WITHIN_S: Final = 2.0
LONGEST_RETRY_MS: Final = 5_000
# what a connection follows at once, unless the settings say otherwise
MOST_CHANNELS: Final = 200
# each channel of a message is answered for itself; a message that names more than this is answered as a whole
MOST_NAMED: Final = 10 * MOST_CHANNELS
# a client that was quiet may send so many seconds' worth at once
BURST_S: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """The limits of one process; see the section `stream` of the settings."""

    channels: int = MOST_CHANNELS
    messages_per_second: int = 20
    frame_bytes: int = 65_536
    connections_per_user: int = 20
    connections: int = 20_000
    authenticate_within_s: float = 5.0
    # who is behind a connection is looked at so often; whoever may no longer listen is gone within five seconds
    recheck_s: float = 3.0
