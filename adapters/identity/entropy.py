"""Randomness from the operating system."""

from __future__ import annotations

import secrets
from typing import final

from application.identity.ports import Entropy


@final
class SystemEntropy(Entropy):
    """Asks the operating system's generator."""

    def bits(self) -> bytes:
        """Return 32 random bytes."""
        return secrets.token_bytes(32)
