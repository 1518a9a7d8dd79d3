"""What can be configured: one TOML file and the environment, checked as a whole before anything starts.

The file is named by TAPEDECK_CONFIG. Each field also has a variable, TAPEDECK_<SECTION>__<FIELD>, which wins
over the file; DATABASE_URL and REDIS_URL are accepted for their two fields, as most platforms set them.
A wrong value, a missing secret or an unknown key raises `BrokenSetting`, which names the place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from adapters.market_data.settings import MarketDataSettings
from adapters.platform.secret import Secret
from adapters.platform.stream_settings import StreamSettings

PREFIX = "TAPEDECK_"
# variables with our prefix that are no settings: they steer the command line and the tests
RESERVED = frozenset(
    {
        "TAPEDECK_CONFIG",
        "TAPEDECK_DATA_DIR",
        "TAPEDECK_PASSWORD",
        "TAPEDECK_SUPERVISED",
        "TAPEDECK_TEST_PROFILE",
        "TAPEDECK_TEST_SHARE",
        "TAPEDECK_TOKEN",
    }
)
_ALIASES = {"DATABASE_URL": ("database", "url"), "REDIS_URL": ("redis", "url")}

Port: TypeAlias = Annotated[int, Meta(ge=1, le=65535)]
Positive: TypeAlias = Annotated[int, Meta(ge=1)]


class BrokenSetting(Exception):
    """A setting is missing, wrong or unknown; the message is one line for the person who starts the process."""


class DatabaseSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where PostgreSQL 15 or newer is; `pool_size` connections per process, for one of which work waits `pool_wait_s`.

    `pooling` is `transaction` where `url` leads to a pooler that hands out a server session for each transaction, such
    as PgBouncer; then `direct_url` leads past it, for what needs a session: migrations, backups and notifications.
    Reads that may be `replica_max_lag_s` old go to the replica of `replica_url`, which is pooled like `url`.
    """

    url: Secret
    pool_size: Positive = 10
    pool_wait_s: Positive = 10
    statement_timeout_s: Positive = 30
    pooling: Literal["session", "transaction"] = "session"
    direct_url: Secret | None = None
    replica_url: Secret | None = None
    replica_max_lag_s: Annotated[float, Meta(gt=0)] = 5.0

    def __post_init__(self) -> None:
        if self.pooling == "transaction" and self.direct_url is None:
            raise ValueError("direct_url is needed with pooling = transaction: it leads past the pooler")

    @property
    def session_url(self) -> Secret:
        """Where a session is had for as long as it is wanted."""
        return self.direct_url or self.url


class RedisSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where Redis 7 or Valkey is: `url` for both of its roles, or a server for each.

    `queue` is durable: it holds queues and counts, must not evict keys, and appends to a file, or nothing starts.
    `cache` holds what can be worked out again; it may evict, and should have a `maxmemory`.
    """

    url: Secret | None = None
    cache: Secret | None = None
    queue: Secret | None = None

    def __post_init__(self) -> None:
        if self.url is None and (self.cache is None or self.queue is None):
            raise ValueError("url is needed, or both cache and queue")

    @property
    def cache_url(self) -> Secret:
        """Where what can be worked out again is kept."""
        return _first(self.cache, self.url)

    @property
    def queue_url(self) -> Secret:
        """Where queues and counts are kept."""
        return _first(self.queue, self.url)


def _first(own: Secret | None, both: Secret | None) -> Secret:
    chosen = own or both
    if chosen is None:
        raise AssertionError("settings without a server are not made")
    return chosen


class HttpSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the API listens, and which web pages of other origins may call it.

    `trusted_hops` is how many proxies of yours every request passes: each adds to X-Forwarded-For the address it was
    called from, and that many entries from the end is whom we serve. With none, the header is whatever a stranger
    wrote, and the address is that of the connection. `trusted_callers` are the networks from which a connection may
    make a request part of a trace of its own, by W3C `traceparent`.

    When the process is asked to stop, `/readyz` says so, and for another `drain_s` it serves as before, so that whoever
    spreads requests learns of it; then requests in flight have `grace_s` to finish. `tapedeck run` waits for 2 s.
    """

    host: str = "127.0.0.1"
    port: Port = 8000
    public_url: str | None = None
    allowed_origins: tuple[str, ...] = ()
    trusted_hops: Annotated[int, Meta(ge=0, le=16)] = 0
    trusted_callers: tuple[str, ...] = ()
    drain_s: Annotated[int, Meta(ge=0, le=300)] = 0
    grace_s: Positive = 2

    def __post_init__(self) -> None:
        for network in self.trusted_callers:
            ip_network(network)


class SigningKey(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A key for access tokens; `kid` names it in the token. The secret has at least 32 characters."""

    kid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    secret: Secret


class Argon2idHash(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="argon2id"):
    """Argon2id with its costs; at most `concurrency` hashes are computed at once per process."""

    memory_kib: Annotated[int, Meta(ge=8)] = 19456
    time_cost: Positive = 2
    parallelism: Positive = 1
    concurrency: Positive = 2


HashSettings: TypeAlias = Argon2idHash


class AuthSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who signs access tokens and how long sessions live. The first key signs; all keys verify."""

    keys: tuple[SigningKey, ...]
    issuer: str = "tapedeck"
    audience: str = "tapedeck"
    access_minutes: Positive = 15
    refresh_idle_days: Positive = 7
    refresh_absolute_days: Positive = 30
    hash: HashSettings = Argon2idHash()

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("at least one key is needed")
        if len({key.kid for key in self.keys}) != len(self.keys):
            raise ValueError("each key needs a kid of its own")
        for key in self.keys:
            if len(key.secret.reveal()) < 32:  # noqa: PLR2004 - as many bytes as HMAC-SHA256 puts out
                raise ValueError(f"the secret of key {key.kid!r} has fewer than 32 characters")


class JobSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much memory the work on a job may take, in MiB; what wants more has failed."""

    memory_mib: Positive = 2048


class NoTraces(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="none"):
    """Traces have ids, which logs tell, and are not recorded."""


class ConsoleTraces(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="console"):
    """Spans are printed among the logs, a line of JSON each."""


class OtlpTraces(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="otlp"):
    """Spans go to a collector by OTLP over HTTP; `endpoint` is the whole URL, such as http://host:4318/v1/traces."""

    endpoint: Annotated[str, Meta(pattern=r"^https?://")]
    headers: dict[str, Secret] = {}


TraceSettings: TypeAlias = NoTraces | ConsoleTraces | OtlpTraces


class TelemetrySettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be seen from outside. Logs are `json` for machines, `console` for people.

    `traces` says where spans go and `sampled` which share of traces is recorded; those that a trusted caller began are
    recorded if the caller records them. `metrics_dir` is a folder in which the processes of one machine count together;
    `metrics_token` opens `GET /metrics` to who sends it as a bearer token, and without one there is no such page.
    `usage_log` keeps who called what, when and how it went; addresses are hashed with `address_key`, or a key made from
    the first signing key.
    """

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    traces: TraceSettings = NoTraces()
    sampled: Annotated[float, Meta(ge=0, le=1)] = 0.1
    metrics_dir: str | None = None
    metrics_token: Secret | None = None
    usage_log: bool = True
    address_key: Secret | None = None

    def __post_init__(self) -> None:
        token = "" if self.metrics_token is None else self.metrics_token.reveal()
        if self.metrics_token is not None and (len(token) < 16 or not token.isascii() or " " in token):  # noqa: PLR2004 - enough not to be guessed
            raise ValueError("metrics_token needs at least 16 characters, of ASCII and without spaces")


class TierSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many requests of each class somebody may make in a period: at once, and as many again evenly spread.

    `sign_in` counts what needs no token, by address; `heavy` is imports and exports. `routes` have counts of their own.
    """

    read: Positive
    write: Positive
    heavy: Positive
    sign_in: Positive
    routes: dict[str, Positive] = {}


# what providers allow is shared by all who ask them; of a hundred requests that somebody may make
_MARKET_ROUTES: Mapping[str, int] = {
    "GET /api/v1/quotes/{symbol}": 100,
    "GET /api/v1/quotes": 100,
    "GET /api/v1/history/{symbol}": 30,
    "GET /api/v1/history": 30,
    "GET /api/v1/crypto": 60,
    "GET /api/v1/market/stocks/search": 60,
    "GET /api/v1/news": 60,
    "GET /api/v1/news/{symbol}": 60,
    "GET /api/v1/sentiment": 60,
    # of twenty parts, which together are no more than the quotes above
    "POST /api/v1/market/batch": 5,
}


def _market_routes(times: int) -> dict[str, int]:
    return {route: times * limit for route, limit in _MARKET_ROUTES.items()}


_TIERS: Mapping[str, TierSettings] = {
    # stops a script that runs wild, and nothing that a person does
    "self_hosted": TierSettings(read=60_000, write=60_000, heavy=6_000, sign_in=6_000, routes=_market_routes(600)),
    "free": TierSettings(read=100, write=100, heavy=10, sign_in=20, routes=_market_routes(1)),
    "premium": TierSettings(read=1_000, write=1_000, heavy=60, sign_in=20, routes=_market_routes(10)),
}


class LimitsSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much each user, or without a token each address, may ask for.

    `tier` is everybody's but of those whose id is in `organisations`; `tiers` adds to the built-in self_hosted, free
    and premium. `routes` gives a route a limit and a count of its own, such as {"POST /api/v1/trades": 10}. `processes`
    is how many serve the API: while Redis is away each of several admits only its share.
    """

    enabled: bool = True
    period_s: Positive = 60
    processes: Positive = 1
    tier: str = "self_hosted"
    tiers: dict[str, TierSettings] = {}
    organisations: dict[str, str] = {}
    routes: dict[str, Positive] = {}

    def __post_init__(self) -> None:
        for name in (self.tier, *self.organisations.values()):
            if name not in self.all_tiers:
                raise ValueError(f"there is no tier {name!r}, but {', '.join(sorted(self.all_tiers))}")

    @property
    def all_tiers(self) -> dict[str, TierSettings]:
        """The tiers by name, built-in ones included."""
        return {**_TIERS, **self.tiers}


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be configured; processes get it whole and hand on the parts."""

    database: DatabaseSettings
    redis: RedisSettings
    auth: AuthSettings
    http: HttpSettings = HttpSettings()
    jobs: JobSettings = JobSettings()
    limits: LimitsSettings = LimitsSettings()
    market_data: MarketDataSettings = MarketDataSettings()
    stream: StreamSettings = StreamSettings()
    telemetry: TelemetrySettings = TelemetrySettings()


Tree: TypeAlias = dict[str, object]


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the file that TAPEDECK_CONFIG names, lay the environment over it, and check all of it."""
    return check_settings(read_settings(environment))


def read_settings(environment: Mapping[str, str]) -> Tree:
    """Return what file and environment say, by section and field, before any of it is checked."""
    tree = _read_file(environment.get("TAPEDECK_CONFIG"))
    for name, path in _ALIASES.items():
        if environment.get(name):
            _put(tree, path, environment[name], name)
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in RESERVED:
            section, separator, field = name.removeprefix(PREFIX).lower().partition("__")
            if not separator:
                raise BrokenSetting(f"{name} is not a setting; a variable reads TAPEDECK_<SECTION>__<FIELD>.")
            _put(tree, (section, field), environment[name], name)
    return tree


def database_url(environment: Mapping[str, str]) -> str | None:
    """Return the database that file or environment names, past a pooler, if they do; other settings may be missing."""
    match read_settings(environment).get("database"):
        case {"direct_url": str(url)}:
            return url
        case {"url": str(url)}:
            return url
        case _:
            return None


def put_setting(tree: Tree, section: str, field: str, value: object, *, replace: bool = False) -> bool:
    """Set a field that nobody has set, or any with `replace`; tell whether it was set."""
    fields = tree.setdefault(section, {})
    if not isinstance(fields, dict):
        raise BrokenSetting(f"{section} must be a section of settings, such as [{section}] in the file.")
    if field in fields and not replace:
        return False
    fields[field] = value
    return True


def has_settings(tree: Tree, section: str, *fields: str) -> bool:
    """Tell whether somebody has set all of these fields."""
    known = tree.get(section)
    return isinstance(known, dict) and all(field in known for field in fields)


def check_settings(tree: Tree) -> Settings:
    """Return the settings, or raise BrokenSetting for the first field that is missing, wrong or unknown."""
    try:
        # not strict: the environment has only texts, so "8000" must do for a number
        return msgspec.convert(tree, Settings, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise BrokenSetting(f"Broken setting: {_in_words(str(error))}") from error


def _read_file(name: str | None) -> Tree:
    if not name:
        return {}
    try:
        with Path(name).open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise BrokenSetting(f"The file {name!r} of TAPEDECK_CONFIG cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BrokenSetting(f"The file {name!r} of TAPEDECK_CONFIG is not TOML: {error}.") from error


def _put(tree: Tree, path: tuple[str, str], text: str, name: str) -> None:
    value: object = text
    if text[:1] in {"[", "{"}:
        try:
            value = msgspec.json.decode(text.encode())
        except msgspec.DecodeError as error:
            raise BrokenSetting(f"{name} starts like JSON and is not: {error}.") from error
    put_setting(tree, *path, value, replace=True)


def _secret(kind: type[object], value: object) -> Secret:
    if kind is not Secret:
        raise NotImplementedError(kind)  # msgspec's way to learn that the hook does not know a type
    if not isinstance(value, str) or not value:
        raise ValueError("a text that is not empty is needed")
    return Secret(value)


def _in_words(problem: str) -> str:
    """Turn msgspec's `... - at `$.http.port`` into the setting's name first, and never show its value."""
    message, separator, place = problem.rpartition(" - at `$")
    if not separator:
        return f"{problem}."
    return f"{place.strip('`.').replace('[...]', '')}: {message[:1].lower()}{message[1:]}."
