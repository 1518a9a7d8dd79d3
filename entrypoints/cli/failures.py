"""Turns what can go wrong with a start into one line on stderr and exit code 2, without a stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click


class Failure(click.ClickException):
    """Something that the user can mend; the message says what happened and what to do."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:  # as click types it
        """Write the one line."""
        click.echo(f"tapedeck: {self.message}", file=file, err=True)


@contextmanager
def plainly() -> Iterator[None]:
    """Turn broken settings, refusals of a server and errors of the system inside the block into a Failure."""
    from bootstrap import START_ERRORS

    try:
        yield
    except START_ERRORS as error:
        raise Failure(one_line(error)) from error
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise Failure(f"{error.strerror or error}{place}.") from error


def one_line(error: BaseException) -> str:
    """Return the first line of what an error, or the driver's error inside it, says."""
    lines = [line.strip() for line in str(getattr(error, "orig", None) or error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
