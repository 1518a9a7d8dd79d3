"""Links of the description: from what creates a resource to what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping

from entrypoints.http.jsons import JsonObject
from entrypoints.http.operations import Operation


def operation_id(operation: Operation) -> str:
    """Return the stable id: the handler's name in camelCase."""
    first, *rest = operation.handler.fn.__name__.split("_")
    return first + "".join(word.capitalize() for word in rest)


def id_parameter(path: str) -> tuple[str, str]:
    """Return the collection that the first id of the path belongs to, and the id's name: `/trades`, `trade_id`."""
    collection, _, rest = path.partition("/{")
    return (collection, rest.partition("}")[0]) if rest else ("", "")


def link(entry: JsonObject, creator: Operation, followers: list[Operation], ids: Mapping[str, tuple[str, str]]) -> None:
    """Add to a creator's answer how each of its followers is called with the id that was made."""
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
