"""The description of the API: OpenAPI 3.1, drawn from the handlers and their types and nothing else.

msgspec describes each type, so that what is documented is what is enforced. What the layers around the
handlers add (tokens, keys, versions, limits) is added here for every operation alike.
"""

from __future__ import annotations

from http import HTTPStatus
from inspect import cleandoc
from typing import Final

import msgspec
from litestar import Litestar
from litestar.enums import ParamType

from entrypoints.http.idempotency import HEADER, REPLAYED
from entrypoints.http.jsons import Json, JsonObject
from entrypoints.http.lines import MEDIA_TYPE, LastLine
from entrypoints.http.openapi_failures import problem_response, rate_limit_headers, statuses_of
from entrypoints.http.openapi_links import id_parameter, link, operation_id
from entrypoints.http.openapi_schemas import Schemas, finish, result_type, without_null
from entrypoints.http.operations import Operation, Parameter, RateClass, operations

VERSION: Final = "1.0.0"

_TAGS: Final = {
    "auth": "Become somebody: register, log in, refresh, log out.",
    "users": "Who you are and how you like things shown.",
    "accounts": "Where you trade: a broker's account with its currency and time zone.",
    "trades": "Executions: what was bought or sold, when, at which price, with which fees.",
    "corporate actions": "Splits, mergers, expiries: what happened to whoever held an instrument.",
    "proposals": "Splits and dividends that the market tells of, for you to accept or dismiss.",
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
    "quotes": "What things cost now, and who says so.",
    "crypto": "Crypto currencies, which go by ids: what they cost and have cost.",
    "history": "What things have cost, bar by bar.",
    "market": "What exchanges do, and what is going on there.",
    "news": "What is published and posted about the market, and how it sounds.",
    "stream": "What is new, as it happens: prices, and what happened to your own.",
    "jobs": "Work in the background: how far it is, what went wrong, and how to stop it or try again.",
    "health": "Whether the service works.",
}

_AS_LINES: Final = (
    f"With `Accept: {MEDIA_TYPE}` the answer is all rows from `cursor` on, one JSON object a line, whatever `limit` "
    "is. The last line says with `complete` whether these are all; without such a line you were cut off. It counts as "
    "heavy."
)


def describe(app: Litestar) -> JsonObject:
    """Return the OpenAPI document of all operations."""
    found = sorted(operations(app), key=lambda operation: (operation.path, operation.method))
    schemas = Schemas(found)
    paths: dict[str, JsonObject] = {}
    ids = {operation.path: id_parameter(operation.path) for operation in found}
    for operation in found:
        entry = _operation(operation, schemas)
        if operation.method == "POST":
            link(entry, operation, [other for other in found if ids[other.path][0] == operation.path], ids)
        paths.setdefault(operation.path, {})[operation.method.lower()] = entry
    statuses = sorted({status for operation in found for status in statuses_of(operation)})
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
            "responses": {f"Problem{status}": problem_response(status, schemas) for status in statuses},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token that logging in gives.",
                },
                "ticket": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "What `POST /api/v1/stream/tickets` gives, good once within 30 seconds.",
                },
            },
        },
    }


def _operation(operation: Operation, schemas: Schemas) -> JsonObject:
    summary, _, description = cleandoc(operation.handler.fn.__doc__ or "").partition("\n")
    entry: JsonObject = {
        "operationId": operation_id(operation),
        "summary": summary.rstrip("."),
        "description": " ".join(description.split() + (_AS_LINES.split() if operation.row else [])) or summary,
        "tags": [*sorted(operation.handler.resolve_tags())],
        "security": _security(operation),
        "parameters": _parameters(operation, schemas),
        "responses": {
            str(operation.handler.status_code): _success(operation, schemas),
            **({"304": {"description": "It is what `If-None-Match` names."}} if _is_versioned_read(operation) else {}),
            **{str(s): {"$ref": f"#/components/responses/Problem{s}"} for s in sorted(statuses_of(operation))},
        },
    }
    if operation.body is not None:
        schema = schemas.of(operation.body)
        entry["requestBody"] = {"required": True, "content": {"application/json": schemas.shown(schema)}}
    elif "request_body" in operation.handler.opt:
        media: JsonObject = operation.handler.opt["request_body"]
        entry["requestBody"] = {"required": True, "content": media}
    return entry


def _security(operation: Operation) -> list[Json]:
    if operation.is_public:
        return []
    return [{"bearer": []}, {"ticket": []}] if operation.takes_tickets else [{"bearer": []}]


def _parameters(operation: Operation, schemas: Schemas) -> list[Json]:
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


def _parameter(parameter: Parameter, schemas: Schemas) -> JsonObject:
    schema = without_null(schemas.of(parameter.annotation))
    finish(schema, is_request=True)
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


def _success(operation: Operation, schemas: Schemas) -> JsonObject:
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
        headers.update(rate_limit_headers())
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


def _lines(operation: Operation, schemas: Schemas) -> JsonObject:
    """Return the other form of a list, of which each line is described."""
    if operation.row is None:
        return {}
    return {MEDIA_TYPE: schemas.shown({"anyOf": [schemas.of(operation.row), schemas.of(LastLine)]})}


def _is_versioned_read(operation: Operation) -> bool:
    names = {header.name for header in operation.handler.resolve_response_headers()}
    return operation.method == "GET" and "ETag" in names
