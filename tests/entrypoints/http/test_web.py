"""The page /live works without the internet, runs nobody else's script and can be read by everybody."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import final

import httpx
import pytest

pytestmark = pytest.mark.anyio

LOADS = re.compile(r"""(?:src|href)="([^"]*)\"""")
TYPES = {"css": "text/css", "js": "text/javascript"}


@final
class Outline(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of every element of these kinds."""
        return [attributes for tag, attributes in self.elements if tag in tags]


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/live")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = [address for address in LOADS.findall(page.text) if address.startswith("/")]
    assert loaded == ["/live/live.css", "/live/live.js"]
    for address in loaded:
        answer = await client.get(address)
        assert answer.headers["content-type"].startswith(TYPES[address.rpartition(".")[2]])
    imports = re.findall(r'from "([^"]+)"', (await client.get("/live/live.js")).text)
    assert imports == ["/live/lightweight-charts.js"]
    chart = await client.get("/live/lightweight-charts.js")
    assert chart.headers["content-type"].startswith("text/javascript")
    assert re.findall(r'\bfrom ?"[^"]+"|\bimport ?\(', chart.text) == []
    assert "Apache License" in (await client.get("/live/lightweight-charts.license")).text


async def test_its_policy_allows_only_what_this_server_gives_and_no_script_in_the_page(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/live")
    directives = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert directives["default-src"] == directives["form-action"] == directives["trusted-types"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    outline = Outline(page.text)
    assert all(script.get("src") for script in outline.all("script"))
    assert outline.all("style") == []
    for _, attributes in outline.elements:
        assert not any(name == "style" or name.startswith("on") for name in attributes)


async def test_no_form_of_it_could_put_what_is_typed_into_an_address(client: httpx.AsyncClient) -> None:
    """Not even where the script fails to load: a password is then posted to nowhere."""
    outline = Outline((await client.get("/live")).text)
    (sign_in,) = [form for form in outline.all("form") if form["id"] == "sign-in"]
    assert sign_in["method"] == "post"
    script = (await client.get("/live/live.js")).text
    assert not re.search(r"localStorage|sessionStorage|document\.cookie|innerHTML|eval\(", script)


async def test_everything_that_is_typed_into_or_chosen_from_has_a_name(client: httpx.AsyncClient) -> None:
    outline = Outline((await client.get("/live")).text)
    assert outline.all("html")[0]["lang"] == "en"
    labelled = {label["for"] for label in outline.all("label")}
    assert {field["id"] for field in outline.all("input", "select")} == labelled
    assert all(column["scope"] == "col" for column in outline.all("th"))
    assert [element["id"] for _, element in outline.elements if element.get("role") == "status"] == ["state"]
    assert [element["id"] for _, element in outline.elements if element.get("role") == "alert"] == ["problem"]
    for reference in (element.get("aria-labelledby") for _, element in outline.elements):
        for name in (reference or "").split():
            assert any(element.get("id") == name for _, element in outline.elements)


async def test_what_has_not_changed_is_not_sent_again(client: httpx.AsyncClient) -> None:
    page = await client.get("/live/live.js")
    again = await client.get("/live/live.js", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
