"""A client of the running API, for the commands that act as a user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, final

import httpx
import msgspec
from msgspec import Raw, Struct

from entrypoints.cli.failures import Failure

_CONNECT_S = 5
_READ_S = 60

Kind = TypeVar("Kind")


class Tokens(Struct, frozen=True, rename="camel"):
    """What signing in gives."""

    access_token: str


class _Page(Struct, frozen=True, rename="camel"):
    next_cursor: str | None = None


class _Meta(Struct, frozen=True):
    page: _Page = _Page()


class _Answer(Struct, frozen=True):
    data: Raw = Raw(b"null")
    meta: _Meta = _Meta()


class _Problem(Struct, frozen=True):
    detail: str = ""


@final
class Api:
    """The API at `url`, as one user sees it. What it refuses becomes a Failure in its own words."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        try:
            self._http = httpx.Client(
                base_url=f"{self._url}/api/v1", timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S), trust_env=False
            )
        except httpx.InvalidURL as error:
            raise Failure(f"{url!r} is no URL such as http://127.0.0.1:8000.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def use_token(self, token: str) -> None:
        """Act as the user whose access token this is."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    def log_in(self, email: str, password: str) -> None:
        """Act as the user of that address."""
        self.use_token(self.post("auth/login", Tokens, {"email": email, "password": password}).access_token)

    def get(self, path: str, kind: type[Kind], **query: str | int) -> Kind:
        """Return the data at the path."""
        return self._read(self._answer(lambda: self._http.get(path, params=query)).data, kind)

    def content(self, path: str, **query: str | int) -> bytes:
        """Return the file at the path."""
        return self._response(lambda: self._http.get(path, params=query)).content

    def rows(self, path: str, kind: type[Kind], **query: str | int) -> Iterator[Kind]:
        """Return all rows of a list, page by page."""
        more: Mapping[str, str | int] | None = query
        while more is not None:
            page = self._page(path, more)
            yield from (self._read(row, kind) for row in self._read(page.data, list[Raw]))
            following = page.meta.page.next_cursor
            more = None if following is None else {**query, "cursor": following}

    def post(self, path: str, kind: type[Kind], body: object = None) -> Kind:
        """Send a body and return the data of the answer."""
        return self._read(self._answer(lambda: self._http.post(path, json=body)).data, kind)

    def upload(self, path: str, kind: type[Kind], file: Path, **query: str) -> Kind:
        """Send a file as it is read and return the data of the answer."""
        with file.open("rb") as content:
            answer = self._answer(lambda: self._http.post(path, params=query, files={"file": (file.name, content)}))
        return self._read(answer.data, kind)

    def _page(self, path: str, query: Mapping[str, str | int]) -> _Answer:
        return self._answer(lambda: self._http.get(path, params=dict(query)))

    def _answer(self, send: Callable[[], httpx.Response]) -> _Answer:
        response = self._response(send)
        return self._read(response.content, _Answer) if response.content else _Answer()

    def _response(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Return an answer that says it worked."""
        try:
            response = send()
        except httpx.HTTPError as error:
            raise Failure(
                f"The API at {self._url} does not answer ({type(error).__name__}). Start it with `tapedeck run`, "
                "or say with --url where it is."
            ) from error
        if response.is_success:
            return response
        try:
            reason = msgspec.json.decode(response.content, type=_Problem).detail
        except msgspec.MsgspecError:
            reason = ""
        raise Failure(reason or f"{self._url} answered with status {response.status_code}; is it Tapedeck?")

    def _read(self, content: bytes | Raw, kind: type[Kind]) -> Kind:
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.MsgspecError as error:
            raise Failure(f"{self._url} gave an answer that this command does not understand: {error}.") from error
