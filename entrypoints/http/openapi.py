"""The description of the API: OpenAPI 3.1, drawn from the handlers and their types and nothing else.

msgspec describes each type, so that what is documented is what is enforced. What the layers around the
handlers add (tokens, keys, versions, limits) is added here for every operation alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from inspect import cleandoc
from typing import Final, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.enums import ParamType
from litestar.response import Stream

from entrypoints.http.examples import example_of, references
from entrypoints.http.idempotency import HEADER, REPLAYED
from entrypoints.http.jsons import Json, JsonObject, children
from entrypoints.http.lines import MEDIA_TYPE, LastLine
from entrypoints.http.operations import Operation, Parameter, RateClass, operations
from entrypoints.http.problem import PROBLEM_JSON, RETRY_AFTER_S, Problem
from entrypoints.http.rate_limits import POLICY, STATE
from entrypoints.http.types import NO_NUL_PATTERN, UTC_PATTERN

VERSION: Final = "1.0.0"
_TEMPLATE: Final = "#/components/schemas/{name}"
EXAMPLE_ID: Final = "0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"
_INSTANT_EXAMPLE: Final = "2026-01-30T03:45:00Z"

_TAGS: Final = {
    "auth": "Become somebody: register, log in, refresh, log out.",
    "users": "Who you are and how you like things shown.",
    "accounts": "Where you trade: a broker's account with its currency and time zone.",
    "trades": "Executions: what was bought or sold, when, at which price, with which fees.",
    "corporate actions": "Splits, mergers, expiries: what happened to whoever held an instrument.",
    "cash": "Money paid in and out, dividends, fees: movements of cash, and balances with all they are made of.",
    "transfers": "Securities that went from one of your accounts to another, with what they cost.",
    "positions": "What is held now, and what it is worth.",
    "lots": "What was opened and is still held, piece by piece.",
    "disposals": "What was closed, against which lots, with which profit or loss.",
    "pnl": "Profit and loss, realised and unrealised.",
    "tax reports": "Gains and losses of a tax year, line by line, with what tax law makes of them.",
    "exchange rates": "What currencies were worth in each other, day by day.",
    "prices": "Prices you enter, for what no market quotes.",
    "issues": "What in the ledger deserves a second look.",
    "reconciliations": "A broker's statement beside the ledger, line by line.",
    "exports": "Whole tables, to keep or to take elsewhere.",
    "imports": "Files of brokers, turned into trades.",
    "jobs": "Work in the background: how far it is, what went wrong, and how to stop it or try again.",
    "health": "Whether the service works.",
}

_MEANING: Final = {
    400: "The bytes are not what they say they are: broken JSON, text that is not UTF-8, absurd nesting.",
    401: "There is no valid access token.",
    403: "The token does not carry the scope that this needs.",
    404: "It does not exist, or belongs to somebody else.",
    405: "The path does not answer this method.",
    408: "The body did not arrive in time.",
    409: "The state of things forbids this now, or a request with the same key is in progress.",
    412: "Somebody else changed it: `If-Match` does not name the current version.",
    413: "The body is too large.",
    414: "The path and query are too long.",
    415: "The body is of a type that this does not read.",
    422: "A value is wrong or unknown, or the idempotency key belongs to another request.",
    428: "`If-Match` is missing.",
    429: "Too many requests or attempts; wait for `Retry-After` seconds.",
    431: "The headers are too large.",
    500: "Something is broken here. Quote the request id.",
    503: "Something this needs is away. Nothing was stored; try again after `Retry-After` seconds.",
}
_CODE: Final = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    412: "version_conflict",
    413: "too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    422: "invalid",
    428: "precondition_required",
    429: "too_many_requests",
    431: "headers_too_large",
    500: "internal",
    503: "unavailable",
}
_AS_LINES: Final = (
    f"With `Accept: {MEDIA_TYPE}` the answer is all rows from `cursor` on, one JSON object a line, whatever `limit` "
    "is. The last line says with `complete` whether these are all; without such a line you were cut off. It counts as "
    "heavy."
)
_EVERYWHERE: Final = (400, 414, 422, 431, 500, 503)


def describe(app: Litestar) -> JsonObject:
    """Return the OpenAPI document of all operations."""
    found = sorted(operations(app), key=lambda operation: (operation.path, operation.method))
    schemas = _Schemas(found)
    paths: dict[str, JsonObject] = {}
    ids = {operation.path: _id_parameter(operation.path) for operation in found}
    for operation in found:
        entry = _operation(operation, schemas)
        if operation.method == "POST":
            _link(entry, operation, [other for other in found if ids[other.path][0] == operation.path], ids)
        paths.setdefault(operation.path, {})[operation.method.lower()] = entry
    statuses = sorted({status for operation in found for status in _statuses(operation)})
    used = {tag for operation in found for tag in operation.handler.resolve_tags()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tapedeck",
            "version": VERSION,
            "description": (
                "An exact ledger for people who trade. Decimals are strings and exact to the last digit; ids are "
                "UUIDs; instants are RFC 3339 in UTC. Each answer carries the server's id of the exchange in "
                "`X-Request-Id`; a client's own `X-Request-Id` comes back as `X-Client-Request-Id`."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that serves this document."}],
        "tags": [{"name": tag, "description": text} for tag, text in _TAGS.items() if tag in used],
        "paths": dict(paths),
        "components": {
            "schemas": dict(schemas.components),
            "responses": {f"Problem{status}": _problem(status, schemas) for status in statuses},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token that logging in gives.",
                }
            },
        },
    }


class _Schemas:
    """The schemas of all types that the operations use, finished for readers."""

    def __init__(self, found: Iterable[Operation]) -> None:
        self._of: dict[int, Json] = {}
        self._keep: list[object] = [Problem, LastLine]
        for operation in found:
            self._keep += [parameter.annotation for parameter in operation.parameters]
            kinds = (operation.body, result_type(operation), operation.row)
            self._keep += [kind for kind in kinds if kind is not None]
        schemas, self.components = msgspec.json.schema_components(
            self._keep, schema_hook=_schema_of, ref_template=_TEMPLATE
        )
        for kind, schema in zip(self._keep, schemas, strict=True):
            self._of[id(kind)] = schema
        requested = references(
            [self._of[id(operation.body)] for operation in found if operation.body is not None], self.components
        )
        for name, schema in self.components.items():
            _finish(schema, is_request=name in requested)
        self._rename()

    def _rename(self) -> None:
        """Drop the modules from names such as `Success_list_some.module.Trade__`."""
        shorter = {name: _without_modules(name) for name in self.components}
        count = Counter(shorter.values())
        shorter = {name: short if count[short] == 1 else _with_module(name) for name, short in shorter.items()}
        doubled = sorted(name for name, times in Counter(shorter.values()).items() if times > 1)
        if doubled:
            raise ValueError(f"the API has two types called {', '.join(doubled)}; rename one of each")
        self.components = {shorter[name]: schema for name, schema in self.components.items()}
        for schema in (*self.components.values(), *self._of.values()):
            _repoint(schema, shorter)

    def of(self, kind: object) -> JsonObject:
        """Return the schema of one of the types that were collected."""
        schema = self._of[id(kind)]
        if not isinstance(schema, dict):
            raise TypeError(f"{kind!r} has no schema")
        return schema

    def shown(self, schema: JsonObject) -> JsonObject:
        """Return the schema with an example, if its author gave enough to make one; a cursor, say, has none."""
        shown: JsonObject = {"schema": schema}
        with suppress(LookupError):
            shown["example"] = example_of(schema, self.components)
        return shown


def _without_modules(name: str) -> str:
    marked = name.replace("list_", "list~")
    return re.sub(r"(^|_|~)(?:[a-z]\w*\.)+(?=[A-Z])", r"\1", marked).replace("~", "_").strip("_")


def _with_module(name: str) -> str:
    """Tell two types of one name apart by the modules they live in: `record_trades.Verdict` is RecordTradesVerdict."""
    *_, module, own = ["", *name.split(".")]
    return "".join(part.capitalize() for part in module.split("_")) + own


def _repoint(schema: Json, names: Mapping[str, str]) -> None:
    for child in children(schema):
        _repoint(child, names)
    if isinstance(schema, dict):
        path, _, name = str(schema.get("$ref", "")).rpartition("/")
        if name in names:
            schema["$ref"] = f"{path}/{names[name]}"


def _schema_of(kind: type) -> JsonObject:
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError(kind)  # msgspec's way to learn that the hook does not know a type


def result_type(operation: Operation) -> object | None:
    """Return the type of the body of a success, None if there is no body."""
    (result,) = [answer for answer in operation.answers if answer is not Stream] or [None]
    if get_origin(result) is Response:
        (result,) = get_args(result)
    return None if result in {None, type(None), Response} else result


def operation_id(operation: Operation) -> str:
    """Return the stable id: the handler's name in camelCase."""
    first, *rest = operation.handler.fn.__name__.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _operation(operation: Operation, schemas: _Schemas) -> JsonObject:
    summary, _, description = cleandoc(operation.handler.fn.__doc__ or "").partition("\n")
    entry: JsonObject = {
        "operationId": operation_id(operation),
        "summary": summary.rstrip("."),
        "description": " ".join(description.split() + (_AS_LINES.split() if operation.row else [])) or summary,
        "tags": [*sorted(operation.handler.resolve_tags())],
        "security": [] if operation.is_public else [{"bearer": []}],
        "parameters": _parameters(operation, schemas),
        "responses": {
            str(operation.handler.status_code): _success(operation, schemas),
            **({"304": {"description": "It is what `If-None-Match` names."}} if _is_versioned_read(operation) else {}),
            **{str(s): {"$ref": f"#/components/responses/Problem{s}"} for s in sorted(_statuses(operation))},
        },
    }
    if operation.body is not None:
        schema = schemas.of(operation.body)
        entry["requestBody"] = {"required": True, "content": {"application/json": schemas.shown(schema)}}
    elif "request_body" in operation.handler.opt:
        media: JsonObject = operation.handler.opt["request_body"]
        entry["requestBody"] = {"required": True, "content": media}
    return entry


def _parameters(operation: Operation, schemas: _Schemas) -> list[Json]:
    found: list[Json] = [_parameter(parameter, schemas) for parameter in operation.parameters]
    if _is_versioned_read(operation):
        found.append(
            {
                "name": "If-None-Match",
                "in": "header",
                "required": False,
                "description": "An ETag from before: the answer is 304 if it still holds.",
                # what is no ETag is overlooked, as HTTP asks
                "schema": {"type": "string"},
            }
        )
    if operation.takes_idempotency_key:
        found.append(
            {
                "name": HEADER,
                "in": "header",
                "required": False,
                "description": "A text of your own for this request, such as a new UUID: sent again with the same key, "
                "the request has no second effect and gets the first answer, marked `Idempotency-Replayed`.",
                "schema": {"type": "string", "pattern": "^[!-~](?:[ -~]{0,253}[!-~])?$"},
            }
        )
    return found


def _parameter(parameter: Parameter, schemas: _Schemas) -> JsonObject:
    schema = _without_null(schemas.of(parameter.annotation))
    _finish(schema, is_request=True)
    if parameter.default is not None:
        schema["default"] = msgspec.to_builtins(parameter.default)
    in_path = parameter.location is ParamType.PATH
    thing = parameter.name.removesuffix("_id").replace("_", " ")
    description = parameter.description or schema.get("description")
    if description is None:
        description = f"The id of the {thing}." if in_path else f"Only those with this {thing}."
    entry: JsonObject = {
        "name": parameter.name,
        "in": parameter.location.value,
        "required": in_path or parameter.required,
        "description": description,
        **schemas.shown(schema),
    }
    return entry


def _success(operation: Operation, schemas: _Schemas) -> JsonObject:
    status = HTTPStatus(operation.handler.status_code)
    headers: JsonObject = {
        "X-Request-Id": {
            "description": "The server's id of this exchange.",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        }
    }
    for header in operation.handler.resolve_response_headers():
        headers[header.name] = {
            "description": header.description or header.name,
            "required": True,
            "schema": {"type": "string"},
        }
    if operation.rate_class is not RateClass.NONE:
        headers.update(_rate_limit_headers())
    if operation.takes_idempotency_key:
        headers[REPLAYED] = {
            "description": "`true` if this is the stored answer of an earlier request with the same key.",
            "required": False,
            "schema": {"type": "string", "const": "true"},
        }
    entry: JsonObject = {"description": operation.handler.response_description or status.phrase, "headers": headers}
    result = result_type(operation)
    if result is not None:
        schema = schemas.of(result)
        entry["content"] = {"application/json": schemas.shown(schema), **_lines(operation, schemas)}
    elif "answer" in operation.handler.opt:
        content: JsonObject = operation.handler.opt["answer"]
        entry["content"] = content
    return entry


def _lines(operation: Operation, schemas: _Schemas) -> JsonObject:
    """Return the other form of a list, of which each line is described."""
    if operation.row is None:
        return {}
    return {MEDIA_TYPE: schemas.shown({"anyOf": [schemas.of(operation.row), schemas.of(LastLine)]})}


def _statuses(operation: Operation) -> set[int]:
    found = {*_EVERYWHERE, *(operation.handler.responses or {})}
    if not operation.is_public:
        found |= {401, 403}
    if operation.rate_class is not RateClass.NONE:
        found.add(429)
    if operation.takes_json or operation.streams:
        found |= {408, 413, 415}
    if any(parameter.location is ParamType.PATH for parameter in operation.parameters):
        found.add(404)
    if any(parameter.name == "If-Match" for parameter in operation.parameters):
        found |= {412, 428}
    if operation.takes_idempotency_key:
        found.add(409)
    return found


def _problem(status: int, schemas: _Schemas) -> JsonObject:
    phrase = HTTPStatus(status).phrase
    example: Json = {
        "type": f"urn:tapedeck:problem:{_CODE[status]}",
        "title": phrase,
        "status": status,
        "detail": _MEANING[status],
        "instance": f"urn:uuid:{EXAMPLE_ID}",
        "success": False,
        "error": {"code": _CODE[status], "message": _MEANING[status], "details": {}},
        "meta": {"timestamp": _INSTANT_EXAMPLE, "requestId": EXAMPLE_ID},
    }
    headers: JsonObject = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"description": "How to authenticate.", "schema": {"type": "string"}}
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = {
            "description": "Seconds to wait.",
            "schema": {"type": "integer", "minimum": 0, "examples": [RETRY_AFTER_S]},
        }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.update(_rate_limit_headers())
    return {
        "description": _MEANING[status],
        "headers": headers,
        "content": {PROBLEM_JSON: {"schema": schemas.of(Problem), "example": example}},
    }


def _rate_limit_headers() -> JsonObject:
    # not required: limits can be switched off
    shown = {
        POLICY: (
            "The limit that counts: `q` requests at once, and as many again in `w` seconds.",
            '"read";q=100;w=60',
        ),
        STATE: ("`r` more requests may follow at once; in `t` seconds all of them.", '"read";r=99;t=1'),
    }
    return {
        name: {"description": text, "required": False, "schema": {"type": "string", "examples": [example]}}
        for name, (text, example) in shown.items()
    }


def _is_versioned_read(operation: Operation) -> bool:
    names = {header.name for header in operation.handler.resolve_response_headers()}
    return operation.method == "GET" and "ETag" in names


def _id_parameter(path: str) -> tuple[str, str]:
    """Return the collection that the first id of the path belongs to, and the id's name: `/trades`, `trade_id`."""
    collection, _, rest = path.partition("/{")
    return (collection, rest.partition("}")[0]) if rest else ("", "")


def _link(
    entry: JsonObject, creator: Operation, followers: list[Operation], ids: Mapping[str, tuple[str, str]]
) -> None:
    responses = entry["responses"]
    # a resource is there at once (201), or is announced and grows (202)
    created = responses.get(str(creator.handler.status_code)) if isinstance(responses, dict) else None
    if not isinstance(created, dict):
        return
    names = {header.name for header in creator.handler.resolve_response_headers()}
    if "Location" not in names:
        return
    links: JsonObject = {}
    for follower in followers:
        if follower.path.count("{") != 1:
            continue
        parameters: JsonObject = {f"path.{ids[follower.path][1]}": "$response.body#/data/id"}
        if follower.needs_version and "ETag" in names:
            parameters["header.If-Match"] = "$response.header.ETag"
        links[operation_id(follower)] = {
            "operationId": operation_id(follower),
            "parameters": parameters,
            "description": "With the id of what was created.",
        }
    if links:
        created["links"] = links


def _without_null(schema: JsonObject) -> JsonObject:
    """Leave out null, which a query or header cannot say: it is absent instead."""
    options = schema.get("anyOf")
    kept = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    if not isinstance(options, list):
        return kept
    real = [option for option in options if option != {"type": "null"}]
    if len(real) == 1 and isinstance(real[0], dict):
        return {**{key: value for key, value in kept.items() if key != "anyOf"}, **real[0]}
    return {**kept, "anyOf": real}


_SHAPED: Final = frozenset({"pattern", "enum", "const", "format"})
_VALUES: Final = frozenset({"examples", "example", "default", "enum", "const"})


def _finish(schema: Json, *, is_request: bool) -> None:
    """Say what msgspec leaves unsaid: the type of enums, how ids and instants look, that U+0000 is refused."""
    if not isinstance(schema, dict):
        for item in children(schema):
            _finish(item, is_request=is_request)
        return
    choices = schema.get("enum")
    if isinstance(choices, list) and "type" not in schema and all(isinstance(choice, str) for choice in choices):
        schema["type"] = "string"
    if schema.get("format") == "uuid":
        schema.setdefault("examples", [EXAMPLE_ID])
    if schema.get("format") == "date-time":
        schema.setdefault("pattern", UTC_PATTERN)
        schema.setdefault("examples", [_INSTANT_EXAMPLE])
    if is_request and schema.get("type") == "string" and not _SHAPED & schema.keys():
        schema["pattern"] = NO_NUL_PATTERN
    for key, value in schema.items():
        if key not in _VALUES:
            _finish(value, is_request=is_request)


def documented_statuses() -> set[int]:
    """Return the statuses of failures that the document can explain."""
    return set(_MEANING)


def is_camel(name: str) -> bool:
    """Say whether a member's name is camelCase."""
    return re.fullmatch("[a-z][a-zA-Z0-9]*", name) is not None
