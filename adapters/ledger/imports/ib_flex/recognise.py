"""Tells a Flex query's answer by its root."""

from __future__ import annotations


def recognises(root: str, members: frozenset[str]) -> bool:
    """Tell whether the file holds statements of a Flex query."""
    return root == "FlexQueryResponse" and "FlexStatement" in members
