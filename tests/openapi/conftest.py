"""The description is held against the real application."""

from __future__ import annotations

from tests.served import client, register_user, served

__all__ = ["client", "register_user", "served"]
