"""A tiny capability that lives in memory, to test what the HTTP layers promise for every capability."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, final
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import UNSET, Struct, UnsetType

from application.shared.health import Probe
from application.shared.idempotency import Attempt, IdempotencyMismatch, Replays, RequestKey, StoredResponse
from application.shared.pages import Page, PageRequest
from application.shared.telemetry import NoTelemetry, RequestTelemetry
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound, Unauthenticated, Unavailable, VersionConflict
from domain.shared.ids import OrganisationId, SessionId, UserId
from entrypoints.http.addresses import Callers
from entrypoints.http.api import Api, Parts, build_api
from entrypoints.http.auth import PUBLIC, Authentication
from entrypoints.http.envelope import CREATED, VERSIONED, Success, created, paged, success, versioned
from entrypoints.http.problem import errors
from entrypoints.http.rate_limits import LimitRules, RateLimits
from entrypoints.http.types import DecimalText, Instant, InstantText, ShortLine, to_decimal, to_instant
from tests.fakes.platform import FakeClock, FakeIds, FakeRateLimiter

OTHER = OrganisationId(UUID(int=20))
TOKEN = "good-token"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
ACTOR = Actor(
    user_id=UserId(UUID(int=1)),
    organisation_id=OrganisationId(UUID(int=2)),
    session_id=SessionId(UUID(int=3)),
    scopes=frozenset(Scope),
)


@dataclass
class Note:
    id: UUID
    title: str
    amount: str
    at: str
    version: int = 1


@final
class Notes:
    """The toy's store and use case in one."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Note] = {}
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.writes = 0

    def find(self, note_id: UUID) -> Note:
        if note_id not in self.rows:
            raise NotFound("note", identifier=note_id)
        return self.rows[note_id]


class NoteRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A note to keep."""

    title: ShortLine
    amount: DecimalText
    taken_at: InstantText
    tags: Annotated[list[ShortLine], msgspec.Meta(max_length=3)] = []
    extra: dict[str, object] | None = None
    is_pinned: bool = False


class ChangeNoteRequest(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What to change."""

    title: ShortLine | UnsetType = UNSET


class NoteBody(Struct, rename="camel", kw_only=True):
    """A note as kept."""

    id: UUID
    title: ShortLine
    amount: DecimalText
    taken_at: Instant
    version: Annotated[int, msgspec.Meta(ge=1, examples=[1])]


def render(note: Note) -> NoteBody:
    return NoteBody(
        id=note.id,
        title=note.title,
        amount=note.amount,
        taken_at=to_instant(note.at, "takenAt"),
        version=note.version,
    )


@post("/notes", tags=["trades"], response_headers=CREATED, responses=errors(409))
async def write_note(
    data: JSONBody[NoteRequest], actor: NamedDependency[Actor], notes: NamedDependency[Notes]
) -> Response[Success[NoteBody]]:
    """Write a note.

    It is kept in memory.
    """
    actor.require(Scope.LEDGER_WRITE)
    if notes.gate is not None:
        await notes.gate.wait()
    if notes.error is not None:
        raise notes.error
    to_decimal(data.amount, "amount")
    to_instant(data.taken_at, "takenAt")
    note = Note(UUID(int=1000 + len(notes.rows)), data.title, data.amount, data.taken_at)
    notes.rows[note.id] = note
    notes.writes += 1
    return created(render(note), f"/notes/{note.id}", note.version)


@get("/notes", tags=["trades"])
async def list_notes(
    notes: NamedDependency[Notes], page: NamedDependency[PageRequest], title: FromQuery[ShortLine | None] = None
) -> Success[list[NoteBody]]:
    """List notes."""
    rows = [note for note in notes.rows.values() if title in {None, note.title}]
    return paged(Page(rows[: page.limit], next_cursor=None), render)


@get("/notes/{note_id:uuid}", tags=["trades"], response_headers=VERSIONED)
async def read_note(note_id: FromPath[UUID], notes: NamedDependency[Notes]) -> Response[Success[NoteBody]]:
    """Read a note."""
    note = notes.find(note_id)
    return versioned(render(note), note.version)


@patch("/notes/{note_id:uuid}", tags=["trades"], response_headers=VERSIONED)
async def change_note(
    note_id: FromPath[UUID],
    data: JSONBody[ChangeNoteRequest],
    expected_version: NamedDependency[int],
    notes: NamedDependency[Notes],
) -> Response[Success[NoteBody]]:
    """Change a note."""
    note = notes.find(note_id)
    if note.version != expected_version:
        raise VersionConflict("note", expected=expected_version, actual=note.version)
    if data.title is not UNSET:
        note.title = data.title
    note.version += 1
    return versioned(render(note), note.version)


@delete("/notes/{note_id:uuid}", tags=["trades"])
async def forget_note(note_id: FromPath[UUID], notes: NamedDependency[Notes]) -> None:
    """Forget a note."""
    del notes.rows[notes.find(note_id).id]


@post("/uploads", tags=["imports"], status_code=200, opt={"stream_body": True}, request_max_body_size=2_000_000)
async def upload(request: Request[object, object, State], notes: NamedDependency[Notes]) -> Success[int]:
    """Count the bytes of a body."""
    notes.writes += 1
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return success(size)


@get("/open", tags=["auth"], opt=PUBLIC)
async def read_open() -> Success[str]:
    """Answer anybody."""
    return success("open")


ROUTES: Sequence[ControllerRouterHandler] = [
    write_note,
    list_notes,
    read_note,
    change_note,
    forget_note,
    upload,
    read_open,
]


@final
class ToyAttempt(Attempt):
    def __init__(self, kept: dict[tuple[object, ...], tuple[bytes, StoredResponse]], key: RequestKey) -> None:
        self._kept = kept
        self._key = key
        found = kept.get((key.route, key.key))
        if found is not None and found[0] != key.fingerprint:
            raise IdempotencyMismatch(key.key)
        self._replay = None if found is None else found[1]

    @property
    def replay(self) -> StoredResponse | None:
        return self._replay

    async def store(self, response: StoredResponse) -> None:
        self._kept[self._key.route, self._key.key] = (self._key.fingerprint, response)


@final
class ToyReplays(Replays):
    def __init__(self) -> None:
        self.kept: dict[tuple[object, ...], tuple[bytes, StoredResponse]] = {}
        self.goes_away = False

    @asynccontextmanager
    async def attempt(self, actor: Actor, key: RequestKey) -> AsyncIterator[Attempt]:
        assert actor == ACTOR
        yield ToyAttempt(self.kept, key)
        if self.goes_away:
            raise Unavailable("The database went away.")


class ToyProbe(Probe):
    def __init__(self) -> None:
        self.is_up = True

    async def __call__(self) -> None:
        if not self.is_up:
            raise Unavailable(f"The {self.name} is away.")


@final
class ToyDatabase(ToyProbe):
    name: str = "database"
    is_essential: bool = True


@final
class ToyRedis(ToyProbe):
    name: str = "redis"
    is_essential: bool = False


async def authenticate(token: AccessToken) -> Actor:
    if token.reveal() != TOKEN:
        raise Unauthenticated("This token is not ours.")
    return ACTOR


@dataclass
class Toy:
    """The toy application and the things a test wants to look at."""

    notes: Notes = field(default_factory=Notes)
    replays: ToyReplays = field(default_factory=ToyReplays)
    database: ToyProbe = field(default_factory=ToyDatabase)
    redis: ToyProbe = field(default_factory=ToyRedis)
    telemetry: RequestTelemetry = field(default_factory=NoTelemetry)
    clock: FakeClock = field(default_factory=FakeClock)
    is_open: bool = False
    authenticate: Authentication = authenticate
    # since some time or other
    seconds: float = 0.0

    def build(
        self,
        *,
        origins: Sequence[str] = (),
        body_timeout_s: float = 60.0,
        upload_timeout_s: float = 60.0,
        handler_timeout_s: float = 60.0,
        trusted_hops: int = 0,
        limits: LimitRules | None = None,
        routes: Sequence[ControllerRouterHandler] = ROUTES,
    ) -> Api:
        providers: dict[str, Callable[[], object]] = {"notes": lambda: self.notes}
        limiter = FakeRateLimiter(self.clock)
        parts = Parts(
            clock=self.clock,
            ids=FakeIds(),
            authenticate=lambda: self.authenticate,
            replays=lambda: self.replays,
            providers=providers,
            probes=lambda: (self.database, self.redis),
            lifespan=self.lifespan,
            limits=None if limits is None else RateLimits(lambda: limiter, limits),
            callers=Callers(trusted_hops),
            telemetry=self.telemetry,
            allowed_origins=origins,
            body_timeout_s=body_timeout_s,
            upload_timeout_s=upload_timeout_s,
            handler_timeout_s=handler_timeout_s,
            seconds=lambda: self.seconds,
        )
        return build_api(parts, routes)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        self.is_open = True
        yield
        self.is_open = False
