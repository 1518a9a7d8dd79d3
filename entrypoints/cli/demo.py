"""`tapedeck demo`: a user to try things with, made through the API as any user would."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click
from msgspec import Struct

from entrypoints.cli.client import Api
from entrypoints.cli.failures import Failure
from entrypoints.cli.importing import Account, commit, upload

EMAIL = "demo@example.com"
TRADEBOOK = Path(__file__).with_name("sample_tradebook.csv")
_LABEL = "Demo"


class _Registered(Struct):
    email: str


class _Trade(Struct):
    id: str


def create_demo(url: str) -> None:
    """Create what is missing of the demo user, the account and the trades, and say how to sign in."""
    password = os.environ.get("TAPEDECK_PASSWORD") or secrets.token_urlsafe(15)
    with Api(url) as api:
        profile = {"email": EMAIL, "password": password, "displayCurrency": "INR", "timeZone": "Asia/Kolkata"}
        # the answer is the same if the user is there already: then only the right password signs in
        api.post("auth/register", _Registered, profile)
        try:
            api.log_in(EMAIL, password)
        except Failure as refused:
            # such as in a restored copy, whose demo user has the password of the original
            click.echo(f"The demo user {EMAIL} is there, with a password that is not known here: {refused.message}")
            return
        account = next((account for account in api.rows("accounts", Account) if account.label == _LABEL), None)
        if account is None:
            terms = {"broker": "Zerodha", "label": _LABEL, "currency": "INR", "timeZone": "Asia/Kolkata"}
            account = api.post("accounts", Account, {**terms, "shorting": False})
        elif next(api.rows("trades", _Trade, accountId=account.id, limit=1), None) is not None:
            click.echo(f"The demo user {EMAIL} is there.")
            return
        done = commit(api, upload(api, TRADEBOOK, account.id, lambda _: None), lambda _: None)
        click.echo(f"Created the demo user {EMAIL} with {done.count('imported')} trades.")
        if "TAPEDECK_PASSWORD" not in os.environ:
            click.echo(f"Password: {password}")
