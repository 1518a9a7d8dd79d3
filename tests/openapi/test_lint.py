"""The description is complete and tells the truth about names, examples, errors and security."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema_rs
import pytest

from entrypoints.http.jsons import Json, JsonObject
from tests.openapi.document import arr, by_id, document, obj, operations, resolve, schemas
from tests.openapi.estates import SHARED

# a name that users bring from where they used it before
KNOWN_ELSEWHERE = {"vs_currency"}
OPERATIONS = [pytest.param(method, path, op, id=str(op["operationId"])) for method, path, op in operations()]
every_operation = pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)

# clients that can send no header follow the stream
WITH_TICKET = {"listenToTheStream"}
PUBLIC = {
    "registerUser",
    "logInUser",
    "refreshTokens",
    "readLiveness",
    "readReadiness",
    "readHealth",
}
# a kept answer, or the digest of the request, would be a second copy of a secret
# a query changes nothing
WITHOUT_KEY = {"replacePassword", "queryTrades", "reconcilePositions", "readMarketBatch", "issueAStreamTicket"}
# measured by a clock, not counted in money
NUMBERS_ALLOWED = {"durationMs", "latencyMs"}
FOREIGN_WORDS = {"Bearer", "utf-8", "utf-16-le", "utf-16-be"}


def references(value: Json) -> set[str]:
    return {str(schema["$ref"]) for schema in schemas(value) if "$ref" in schema}


def whole(schema: Json) -> JsonObject:
    """Return the schema together with the components its references need."""
    return {**obj(schema), "components": obj(document()["components"])}


def test_every_reference_resolves() -> None:
    found = references(document())
    assert found
    for reference in found:
        assert obj(resolve(reference))


def test_the_document_says_what_it_is() -> None:
    assert document()["openapi"] == "3.1.0"
    info = obj(document()["info"])
    assert info["title"]
    assert info["version"]
    assert info["description"]


def test_operation_ids_are_stable() -> None:
    """Clients are generated from them: whoever renames one changes this list on purpose."""
    listed = (Path(__file__).parent / "operations.txt").read_text(encoding="utf-8").splitlines()
    found = sorted(f"{op['operationId']} {method.upper()} {path}" for method, path, op in operations())
    assert found == listed


@every_operation
def test_it_is_named_and_explained(method: str, path: str, operation: JsonObject) -> None:
    assert _is_camel(str(operation["operationId"])), (method, path)
    assert str(operation["summary"]).strip()
    assert str(operation["description"]).strip().endswith((".", ")"))
    known = {str(obj(tag)["name"]) for tag in arr(document()["tags"])}
    assert arr(operation["tags"])
    assert set(map(str, arr(operation["tags"]))) <= known


@every_operation
def test_its_path_parameters_are_declared_and_named_for_what_they_identify(
    method: str, path: str, operation: JsonObject
) -> None:
    in_path = [obj(p) for p in arr(operation["parameters"]) if obj(p)["in"] == "path"]
    assert {str(p["name"]) for p in in_path} == set(re.findall(r"{(\w+)}", path)), method
    for parameter in in_path:
        assert parameter["required"] is True
        if parameter["name"] in SHARED:
            assert "pattern" in obj(parameter["schema"])
            continue
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*_id", str(parameter["name"]))
        assert obj(parameter["schema"])["format"] == "uuid"


@every_operation
def test_its_parameters_are_described_once_and_have_shapes(method: str, path: str, operation: JsonObject) -> None:
    parameters = [obj(p) for p in arr(operation["parameters"])]
    names = [(p["in"], p["name"]) for p in parameters]
    assert len(names) == len(set(names)), (method, path)
    for parameter in parameters:
        assert str(parameter["description"]).strip()
        schema = obj(parameter["schema"])
        assert {"type", "$ref", "anyOf", "enum"} & schema.keys()
        if parameter["in"] == "query":
            assert _is_camel(str(parameter["name"])) or parameter["name"] in KNOWN_ELSEWHERE
        if "example" in parameter:
            jsonschema_rs.validate(whole(schema), parameter["example"])


@every_operation
def test_its_bodies_have_examples_that_are_valid(method: str, path: str, operation: JsonObject) -> None:
    bodies = [obj(operation["requestBody"])] if "requestBody" in operation else []
    bodies += [obj(response) for response in obj(operation["responses"]).values() if "$ref" not in obj(response)]
    for body in bodies:
        for media_type, content in obj(body.get("content", {})).items():
            assert "schema" in obj(content), (method, path)
            if media_type == "application/json":
                jsonschema_rs.validate(whole(obj(content)["schema"]), obj(content)["example"])


@every_operation
def test_its_failures_are_problems(method: str, path: str, operation: JsonObject) -> None:
    responses = obj(operation["responses"])
    assert {"400", "422", "500", "503"} <= responses.keys(), (method, path)
    assert any(status.startswith("2") for status in responses)
    for status, response in responses.items():
        if status >= "400":
            problem = obj(resolve(str(obj(response)["$ref"])))
            assert problem["description"]
            assert list(obj(problem["content"])) == ["application/problem+json"]


@every_operation
def test_its_failures_are_all_those_that_its_shape_implies(method: str, path: str, operation: JsonObject) -> None:
    statuses = obj(operation["responses"]).keys()
    headers = {str(obj(p)["name"]) for p in arr(operation["parameters"]) if obj(p)["in"] == "header"}
    assert ("401" in statuses) or operation["operationId"] in PUBLIC
    assert ("404" in statuses) or "{" not in path
    assert ({"413", "415", "408"} <= statuses) or "requestBody" not in operation
    assert ({"412", "428"} <= statuses) == ("If-Match" in headers), method
    assert ("409" in statuses) or "Idempotency-Key" not in headers


@every_operation
def test_only_public_operations_need_no_token(method: str, path: str, operation: JsonObject) -> None:
    is_public = operation["operationId"] in PUBLIC
    takes_ticket = operation["operationId"] in WITH_TICKET
    ways: list[JsonObject] = [{"bearer": []}, {"ticket": []}] if takes_ticket else [{"bearer": []}]
    assert operation["security"] == ([] if is_public else ways), (method, path)


@every_operation
def test_every_mutation_takes_an_idempotency_key(method: str, path: str, operation: JsonObject) -> None:
    headers = {str(obj(p)["name"]) for p in arr(operation["parameters"]) if obj(p)["in"] == "header"}
    exempt = operation["operationId"] in PUBLIC | WITHOUT_KEY
    assert ("Idempotency-Key" in headers) == (method != "get" and not exempt), path


@every_operation
def test_every_update_of_a_resource_takes_its_version(method: str, path: str, operation: JsonObject) -> None:
    headers = {str(obj(p)["name"]) for p in arr(operation["parameters"]) if obj(p)["in"] == "header"}
    reading = obj(document()["paths"])[path]
    is_versioned = method in {"put", "patch"} and "ETag" in str(obj(reading).get("get", {}))
    assert "If-Match" in headers or not is_versioned


def test_every_field_is_camel_case() -> None:
    wrong = {
        name
        for schema in schemas(obj(document()["components"])["schemas"])
        for name in obj(schema.get("properties", {}))
        if schema.get("type") == "object" and not _is_camel(name)
    }
    assert wrong == set()


def test_every_enum_value_is_lower_snake_case() -> None:
    for schema in schemas(document()):
        values = [value for value in arr(schema.get("enum", [])) if isinstance(value, str)]
        # the names of fields, to sort by or to compare
        is_order = any(value.startswith("-") for value in values) or "executedAt" in values
        if "UTC" not in values and not is_order:  # the names of time zones are the IANA's
            wrong = [value for value in values if not re.fullmatch("[a-z0-9]+(_[a-z0-9]+)*", value)]
            assert set(wrong) <= FOREIGN_WORDS


def test_no_request_takes_unknown_fields() -> None:
    for method, path, operation in operations():
        content = obj(obj(operation.get("requestBody", {})).get("content", {}))
        waiting = [obj(part)["schema"] for media, part in content.items() if media == "application/json"]
        seen: set[str] = set()
        while waiting:
            for schema in schemas(waiting.pop()):
                if "properties" in schema:
                    assert schema.get("additionalProperties") is False, (method, path, schema.get("title"))
                reference = str(schema.get("$ref", ""))
                if reference and reference not in seen:
                    seen.add(reference)
                    waiting.append(resolve(reference))


def test_amounts_are_texts_never_numbers() -> None:
    for schema in schemas(obj(document()["components"])["schemas"]):
        for name, part in obj(schema.get("properties", {})).items():
            kinds = {str(inner.get("type")) for inner in schemas(part)}
            assert "number" not in kinds or name in NUMBERS_ALLOWED, name


def test_every_instant_and_id_has_a_shape_and_an_example() -> None:
    for schema in schemas(obj(document()["components"])["schemas"]):
        if schema.get("type") == "string" and schema.get("format") in ("uuid", "date-time"):
            assert schema.get("examples"), schema
            assert schema["format"] == "uuid" or schema.get("pattern"), schema


def test_creations_link_to_what_can_be_done_next() -> None:
    """Stateful tests follow these links, and so can people."""
    linked = {
        link
        for _, _, operation in operations()
        for response in obj(operation["responses"]).values()
        for link in obj(obj(response).get("links", {}))
    }
    assert linked <= by_id().keys()
    for operation_id, (_, path, operation) in by_id().items():
        created_by_post = path.count("{") == 1 and "post" in obj(obj(document()["paths"]).get(path.split("/{")[0], {}))
        if created_by_post and "requestBody" not in operation and path.endswith("}"):
            assert operation_id in linked, operation_id


def _is_camel(name: str) -> bool:
    return re.fullmatch("[a-z][a-zA-Z0-9]*", name) is not None
