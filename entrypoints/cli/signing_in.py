"""Who acts: the token or the password that the environment has, or what somebody types."""

from __future__ import annotations

import os
import sys

import click

from entrypoints.cli.client import Api
from entrypoints.cli.failures import Failure


def credentials(email: str | None) -> str | tuple[str, str]:
    """Return a token, or an address and its password; raise Failure if nobody says who acts."""
    token = os.environ.get("TAPEDECK_TOKEN")
    if token:
        return token
    if not email and not sys.stdin.isatty():
        raise Failure("Say who you are: --email with TAPEDECK_PASSWORD, or an access token in TAPEDECK_TOKEN.")
    address = email or str(click.prompt("E-mail", err=True))
    password = os.environ.get("TAPEDECK_PASSWORD") or str(click.prompt("Password", hide_input=True, err=True))
    return address, password


def sign_in(api: Api, email: str | None) -> None:
    """Let the client act as the user; raise Failure if nobody says who that is."""
    who = credentials(email)
    if isinstance(who, str):
        api.use_token(who)
    else:
        api.log_in(*who)
