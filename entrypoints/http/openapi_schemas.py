"""The schemas of all types that the operations use, as msgspec describes them, finished for readers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final, get_args, get_origin

import msgspec
from litestar import Response
from litestar.response import Stream

from entrypoints.http.examples import example_of, references
from entrypoints.http.jsons import Json, JsonObject, children
from entrypoints.http.lines import LastLine
from entrypoints.http.operations import Operation
from entrypoints.http.problem import Problem
from entrypoints.http.types import NO_NUL_PATTERN, UTC_PATTERN

_TEMPLATE: Final = "#/components/schemas/{name}"
EXAMPLE_ID: Final = "0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"
EXAMPLE_INSTANT: Final = "2026-01-30T03:45:00Z"


class Schemas:
    """The schema of each type that some operation takes or answers, and the named ones they refer to."""

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
            finish(schema, is_request=name in requested)
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


def without_null(schema: JsonObject) -> JsonObject:
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


def finish(schema: Json, *, is_request: bool) -> None:
    """Say what msgspec leaves unsaid: the type of enums, how ids and instants look, that U+0000 is refused."""
    if not isinstance(schema, dict):
        for item in children(schema):
            finish(item, is_request=is_request)
        return
    choices = schema.get("enum")
    if isinstance(choices, list) and "type" not in schema and all(isinstance(choice, str) for choice in choices):
        schema["type"] = "string"
    if schema.get("format") == "uuid":
        schema.setdefault("examples", [EXAMPLE_ID])
    if schema.get("format") == "date-time":
        schema.setdefault("pattern", UTC_PATTERN)
        schema.setdefault("examples", [EXAMPLE_INSTANT])
    if is_request and schema.get("type") == "string" and not _SHAPED & schema.keys():
        schema["pattern"] = NO_NUL_PATTERN
    for key, value in schema.items():
        if key not in _VALUES:
            finish(value, is_request=is_request)
