"""How much of anything a request may be."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MAX_BODY_BYTES: Final = 1_000_000
MAX_BULK_BYTES: Final = 20_000_000
MAX_UPLOAD_BYTES: Final = 50_000_000
MAX_HEADER_BYTES: Final = 32_768
MAX_TARGET_BYTES: Final = 8_192
# what a stream of events follows and where it goes on may both stand in its address, for as much as it may follow
LONG_TARGETS: Final[Mapping[str, int]] = MappingProxyType({"/api/v1/stream/events": 40_960})
LONGEST_TARGET_BYTES: Final = max(MAX_TARGET_BYTES, *LONG_TARGETS.values())
MAX_NESTING: Final = 32
HEAD_TIMEOUT_S: Final = 10.0
BODY_TIMEOUT_S: Final = 30.0
UPLOAD_TIMEOUT_S: Final = 600.0
HANDLER_TIMEOUT_S: Final = 60.0
