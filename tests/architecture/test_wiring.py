"""No type checker sees a container's mistakes, so every provider is built here; nothing is opened by that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol, final

import pytest
from dependency_injector.containers import DeclarativeContainer

from adapters.platform.secret import Secret
from adapters.platform.settings import (
    AuthSettings,
    DatabaseSettings,
    RedisSettings,
    Settings,
    SigningKey,
)
from application.ledger.jobs import KINDS as LEDGER_KINDS
from application.market_data.backfill.jobs import KINDS as MARKET_DATA_KINDS
from application.shared.ports import Clock
from application.shared.schedules import SCHEDULES
from bootstrap import App, build
from domain.shared.events import Event

# providers that act when called instead of making something
ACTS = frozenset({"platform.configure_logging"})


def _app() -> App:
    nowhere = "no-such-host.invalid"
    return build(
        Settings(
            database=DatabaseSettings(url=Secret(f"postgresql://nobody@{nowhere}/none")),
            redis=RedisSettings(url=Secret(f"redis://{nowhere}")),
            auth=AuthSettings(keys=(SigningKey(kid="test", secret=Secret("0123456789abcdef" * 2)),)),
        )
    )


def _named(container: DeclarativeContainer) -> Mapping[str, Callable[[], object]]:
    named: Mapping[str, Callable[[], object]] = container.providers
    return named


def _providers() -> dict[str, Callable[[], object]]:
    app = _app()
    containers: dict[str, DeclarativeContainer] = {
        "platform": app.platform,
        "identity": app.identity,
        "ledger": app.ledger,
        "market_data": app.market_data,
        "jobs": app.jobs,
    }
    return {
        f"{prefix}.{name}": provider
        for prefix, container in containers.items()
        for name, provider in _named(container).items()
        if name != "platform" and f"{prefix}.{name}" not in ACTS
    }


PROVIDERS = _providers()


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_provider_can_be_built(name: str) -> None:
    """A missing or misnamed argument shows here, not at a user's request."""
    assert PROVIDERS[name]() is not None


def test_no_two_capabilities_provide_the_same_name() -> None:
    """A handler's parameter finds one use case only."""
    app = _app()
    names = [name for container in app.capabilities for name in _named(container)]
    shared = {"platform", "chores", "entries", "reactions"}
    assert sorted(name for name in names if names.count(name) > 1 and name not in shared) == []


def _ports(kind: type) -> list[type]:
    return [base for base in kind.__mro__ if base.__module__.startswith("application.") and Protocol in base.__bases__]


def portless(thing: object) -> Iterator[str]:
    """Yield what is wrong with a wired adapter: it is final and subclasses a port, which it so fulfils whole."""
    kind = type(thing)
    if not _ports(kind):
        yield f"{kind.__qualname__} fulfils no port"
    if not getattr(kind, "__final__", False):
        yield f"{kind.__qualname__} is not final"


@pytest.mark.parametrize("name", sorted(name for name in PROVIDERS if not name.startswith("platform.")))
def test_every_wired_adapter_fulfils_a_port(name: str) -> None:
    """Whatever a capability's container takes from the adapters is a final subclass of a port."""
    made = PROVIDERS[name]()
    assert not type(made).__module__.startswith("adapters.") or list(portless(made)) == []


class _Whole(Clock):
    """What an adapter looks like."""

    __final__ = True

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


class _Open(_Whole):
    """An adapter that is not final."""

    __final__ = False


@final
class _Stray:
    """A class that no port asked for."""


@pytest.mark.parametrize("thing", [_Open(), _Stray()])
def test_a_stray_adapter_is_found(thing: object) -> None:
    """A class without a port, and one that is not final, are both seen."""
    assert list(portless(thing)) != []


def test_a_proper_adapter_is_left_alone() -> None:
    """A final subclass of a port is as it should be."""
    assert list(portless(_Whole())) == []


def test_every_event_reacted_to_exists() -> None:
    """A reaction's key is the name of an event of the domain, or it would never be called."""
    app = _app()
    named = {kind.__dict__.get("name") for kind in _events(Event)}
    assert set(app.reactions) <= named


def test_every_reaction_is_of_a_known_kind() -> None:
    """Whoever adds a reaction says how it is run and what its owner knows it as."""
    app = _app()
    assert set(app.reactions) == {*LEDGER_KINDS, *MARKET_DATA_KINDS}


def _events(kind: type[Event]) -> Iterator[type[Event]]:
    for child in kind.__subclasses__():
        yield child
        yield from _events(child)


def test_every_reaction_and_chore_can_be_built() -> None:
    """What runs behind the scenes is wired as well."""
    app = _app()
    assert all(callable(make()) for make in app.reactions.values())
    assert set(app.timetable) == set(SCHEDULES), "what is shown is what is done"
    assert len({schedule.name for schedule in SCHEDULES}) == len(SCHEDULES)
