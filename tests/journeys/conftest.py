"""Journeys meet the real application on real servers."""

from __future__ import annotations

from tests.served import client, register_user, served

__all__ = ["client", "register_user", "served"]
