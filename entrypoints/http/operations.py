"""Reads from the handlers which parameters and bodies their operations take.

One reading serves two readers: the guard, which refuses what no operation asked for, and the OpenAPI, which
tells what is asked for. So the two cannot disagree.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.enums import ParamType
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, ParameterKwarg
from litestar.response import Stream
from litestar.routes import HTTPRoute

from entrypoints.http.etags import provide_expected_version

_SPELLINGS = {"boolean": "^(?:true|false)$", "integer": "^-?[0-9]{1,19}$"}


class RateClass(StrEnum):
    """What kind of work a route is, for limits: each kind is counted apart."""

    READ = "read"
    WRITE = "write"
    HEAVY = "heavy"
    SIGN_IN = "sign_in"
    NONE = "none"


@dataclass(frozen=True, eq=False)
class Parameter:
    """One parameter outside the body."""

    name: str
    location: ParamType
    annotation: object
    required: bool
    default: object
    description: str | None

    @cached_property
    def is_list(self) -> bool:
        """Whether it may be given several times."""
        return any(get_origin(part) in {list, tuple, set, frozenset} for part in _members(self.annotation))

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """How its value is spelled: by the pattern that its description shows, or one spelling for each value.

        msgspec checks a pattern only where it was told as a constraint, and reads `-0` as false.
        """
        schema = msgspec.json.schema(self.required_type)
        schema = schema.get("items", schema)
        shown = schema.get("pattern", _SPELLINGS.get(str(schema.get("type"))))
        return re.compile(shown) if isinstance(shown, str) else None

    @cached_property
    def required_type(self) -> object:
        """The type of its value where there is one: null cannot be said outside a body."""
        return _without_none(self.annotation)


@dataclass(frozen=True, eq=False)
class Operation:
    """What one method of one path takes and gives."""

    path: str
    method: str
    handler: HTTPRouteHandler
    parameters: Sequence[Parameter]
    body: object | None
    result: object

    @property
    def takes_json(self) -> bool:
        """Whether the request has a body of JSON."""
        return self.body is not None

    @property
    def is_public(self) -> bool:
        """Whether it needs no token."""
        return bool(self.handler.opt.get("public"))

    @property
    def takes_tickets(self) -> bool:
        """Whether a ticket in the address does instead of a token."""
        return bool(self.handler.opt.get("ticket"))

    @property
    def streams(self) -> bool:
        """Whether the handler reads the body itself, piece by piece."""
        return bool(self.handler.opt.get("stream_body"))

    @property
    def stays_open(self) -> bool:
        """Whether its answer goes on as things happen, for longer than any request may take."""
        return bool(self.handler.opt.get("stays_open"))

    @cached_property
    def answers(self) -> Sequence[object]:
        """The types that its handler returns; more than one where the reader chooses the form."""
        return list(_members(self.result))

    @cached_property
    def row(self) -> object | None:
        """What each line is where the list is also given as lines, else None."""
        if Stream not in self.answers:
            return None
        lists = (part for answer in self.answers for part in get_args(answer) if get_origin(part) is list)
        return next((get_args(part)[0] for part in lists), None)

    @property
    def takes_idempotency_key(self) -> bool:
        """Whether it takes effect once per `Idempotency-Key`."""
        mutates = self.method in {"POST", "PUT", "PATCH", "DELETE"}
        return mutates and not self.is_public and not self.handler.opt.get("no_idempotency")

    @property
    def rate_class(self) -> RateClass:
        """Which limit it falls under: what its handler says, or what its method tells."""
        said: object = self.handler.opt.get("rate")
        if isinstance(said, RateClass):
            return said
        if self.is_public:
            return RateClass.SIGN_IN
        return RateClass.READ if self.method == "GET" else RateClass.WRITE

    @property
    def needs_version(self) -> bool:
        """Whether it is refused without `If-Match`."""
        return any(parameter.name == "If-Match" and parameter.required for parameter in self.parameters)

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[object]:
        """What reads its body: strictly, so that no text counts as a number and no 1 as true."""
        # a body type may be a union, which is no class to the type checker
        return msgspec.json.Decoder(type=cast("type[object]", self.body))

    @cached_property
    def query(self) -> dict[str, Parameter]:
        """What its query may hold."""
        return {p.name: p for p in self.parameters if p.location is ParamType.QUERY}


def operations(app: Litestar) -> Iterator[Operation]:
    """Yield each operation of the application that belongs into its description."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if handler.resolve_include_in_schema():
                for method in sorted(handler.http_methods):
                    yield _describe(route, str(method), handler)


def _describe(route: HTTPRoute, method: str, handler: HTTPRouteHandler) -> Operation:
    reader = _Reader(handler.resolve_dependencies())
    hints = reader.read(inspect.unwrap(handler.fn))
    in_path = set(route.path_parameters)
    found = {p.name: p for p in reader.parameters if p.location is not ParamType.PATH or p.name in in_path}
    return Operation(
        path=route.path_format,
        method=method,
        handler=handler,
        parameters=list(found.values()),
        body=reader.body,
        result=hints.get("return"),
    )


class _Reader:
    """Walks a handler's signature and, through named dependencies, those of its dependencies."""

    def __init__(self, dependencies: dict[str, Provide]) -> None:
        self._dependencies = dependencies
        self.parameters: list[Parameter] = []
        self.body: object | None = None

    def read(self, function: object) -> dict[str, object]:
        if not callable(function):
            return {}
        hints: dict[str, object] = get_type_hints(function, include_extras=True)
        for name, parameter in inspect.signature(function).parameters.items():
            hint = hints.get(name)
            marker = _marker(hint)
            if isinstance(marker, ParameterKwarg):
                # its default is there to be answered with 428
                default = parameter.empty if function is provide_expected_version else parameter.default
                self._add(name, default, hint, marker)
            elif isinstance(marker, BodyKwarg):
                self.body = _without_markers(hint)
            elif name in self._dependencies:
                self.read(self._dependencies[name].dependency)
        return hints

    def _add(self, name: str, default: object, hint: object, marker: ParameterKwarg) -> None:
        required = default is inspect.Parameter.empty
        self.parameters.append(
            Parameter(
                name=marker.name or name,
                location=marker.param_type,
                annotation=_without_markers(hint),
                required=required,
                default=None if required else default,
                description=marker.description,
            )
        )


def _marker(hint: object) -> object:
    if get_origin(hint) is not Annotated:
        return None
    metadata: tuple[object, ...] = get_args(hint)[1:]
    return next((item for item in metadata if isinstance(item, ParameterKwarg | BodyKwarg)), None)


def _without_markers(hint: object) -> object:
    base, *metadata = get_args(hint)
    kept = tuple(item for item in metadata if not isinstance(item, ParameterKwarg | BodyKwarg))
    return Annotated[(base, *kept)] if kept else base


def _without_none(annotation: object) -> object:
    if get_origin(annotation) is Annotated:
        base, *metadata = get_args(annotation)
        return Annotated[(_without_none(base), *metadata)]
    if get_origin(annotation) in {Union, UnionType}:
        return Union[tuple(member for member in get_args(annotation) if member is not NoneType)]  # noqa: UP007 - made of a tuple
    return annotation


def _members(annotation: object) -> Iterator[object]:
    """Yield the members of a union, or the annotation itself, all without `Annotated`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation
