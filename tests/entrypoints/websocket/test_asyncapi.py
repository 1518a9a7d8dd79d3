"""The document of the stream is whole: every message, with an example that is one, and every close code."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest

from entrypoints.websocket.asyncapi import EXAMPLES, HEARD, SAID, describe
from entrypoints.websocket.messages import CLOSE_REASONS, ClientMessage, CloseCode, ErrorCode, ServerMessage
from tests.asgi import in_process
from tests.entrypoints.http.toys import Toy

# the document as JSON gives it
Json = dict[str, Any]
DOCUMENT: Json = json.loads(msgspec.json.encode(describe()))
MESSAGES: Json = DOCUMENT["components"]["messages"]


def test_every_message_has_one_example() -> None:
    """A new message without one does not get by."""
    assert sorted(kind.__name__ for kind in {*SAID, *HEARD}) == sorted(type(each).__name__ for each in EXAMPLES)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_an_example_reads_as_its_message(name: str) -> None:
    """What is shown is what can be said or heard."""
    [example] = MESSAGES[name]["examples"]
    text = json.dumps(example["payload"])
    tags = {kind.__struct_config__.tag for kind in SAID}
    read = msgspec.json.decode(text, type=ClientMessage if name in tags else ServerMessage)
    assert read.__struct_config__.tag == name == example["payload"]["type"]


def test_messages_are_said_or_heard() -> None:
    """Both directions name their messages, and only such as there are."""
    told = {
        name: [each["$ref"].rpartition("/")[2] for each in operation["messages"]]
        for name, operation in DOCUMENT["operations"].items()
    }
    assert set(told["say"]) | set(told["hear"]) == set(MESSAGES) == set(DOCUMENT["channels"]["stream"]["messages"])
    assert all(message["summary"] for message in MESSAGES.values())


def test_every_reference_leads_somewhere() -> None:
    """Nothing is described by what is not there."""
    text = json.dumps(DOCUMENT)
    for part in text.split('"$ref": "#/')[1:]:
        place: Json = DOCUMENT
        for step in part.partition('"')[0].split("/"):
            place = place[step]


def test_every_close_code_is_told() -> None:
    """Clients can know why they were closed."""
    codes = {value for name, value in vars(CloseCode).items() if name.isupper()}
    assert codes == set(CLOSE_REASONS)
    assert {int(code) for code in DOCUMENT["channels"]["stream"]["x-close-codes"]} == codes


def test_every_code_of_an_error_is_told() -> None:
    """Those of the stream are in one place."""
    codes = {code for name, code in vars(ErrorCode).items() if name.isupper()}
    assert codes <= set(DOCUMENT["channels"]["stream"]["x-error-codes"])


@pytest.mark.anyio
async def test_it_is_served_to_everybody() -> None:
    """Without a token, beside the OpenAPI document."""
    async with httpx.AsyncClient(transport=in_process(Toy().build()), base_url="http://toy") as client:
        answer = await client.get("/schema/asyncapi.json")
        assert answer.json() == DOCUMENT
        assert (await client.get("/")).json()["asyncapi"] == "/schema/asyncapi.json"
