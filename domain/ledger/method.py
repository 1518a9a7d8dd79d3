"""Cost methods: which lots a closing trade uses up, and what they are taken to have cost."""

from __future__ import annotations

from enum import StrEnum


class CostMethod(StrEnum):
    """How an account matches what it closes with what it opened.

    `average` takes lots first in, first out, for their dates, but values them all at the mean cost of what is
    held. `specific` takes the lots that the closing trade names, and first in, first out without such names.
    """

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    AVERAGE = "average"
    SPECIFIC = "specific"
