"""A page in a real Chromium, driven over the DevTools protocol: nothing more than these suites need of it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias, cast, final

from websockets.asyncio.client import ClientConnection, connect

PROGRAM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_S: Final = 60.0
_FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # it would look for servers of its maker, of which there are none here
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
# the protocol's objects
Json: TypeAlias = Mapping[str, object]


@final
class Browser:
    """A Chromium of its own."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._pages: dict[str, Page] = {}

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """A page that knows nothing of others, for the length of the block."""
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = (await self.call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        session = str((await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"])
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable", session)
        try:
            yield page
        finally:
            del self._pages[session]
            await self.call("Target.disposeBrowserContext", browserContextId=context)

    async def call(self, method: str, session: str | None = None, /, **params: object) -> Json:
        """Call a method of the protocol, of the browser or of a page."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        message: dict[str, object] = {"id": number, "method": method, "params": params}
        await self._socket.send(json.dumps(message if session is None else message | {"sessionId": session}))
        async with asyncio.timeout(PATIENCE_S):
            answer = await waiting
        assert "error" not in answer, (method, answer["error"])
        return cast("Json", answer["result"])  # the protocol says so

    async def listen(self) -> None:
        """Hear answers and what happens in pages, until the browser ends."""
        async for frame in self._socket:
            message = cast("dict[str, object]", json.loads(frame))  # the protocol says so
            number, session = message.get("id"), message.get("sessionId")
            if isinstance(number, int):
                waiting = self._waiting.pop(number)
                if not waiting.done():
                    waiting.set_result(message)
            elif isinstance(session, str) and session in self._pages:
                self._pages[session].note(str(message["method"]), cast("Json", message["params"]))  # as above


@final
class Page:
    """One page. What went wrong in it, be it an exception or something that its policy forbids, is in `problems`."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.problems: list[str] = []
        self._browser = browser
        self._session = session

    async def resize(self, width: int, height: int) -> None:
        """Give the page this size."""
        await self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def visit(self, url: str) -> None:
        """Go to a page and wait until its script has run."""
        await self._call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def ask(self, expression: str) -> object:
        """Return what an expression of JavaScript is in the page."""
        # the policy of the page forbids strings that become code, not the debugger
        answer = await self._call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, (expression, answer["exceptionDetails"])
        return cast("Json", answer["result"]).get("value")  # the protocol says so

    async def until(self, expression: str, patience_s: float = PATIENCE_S) -> object:
        """Wait until an expression is true, and return what it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not (value := await self.ask(expression)):  # noqa: ASYNC110 - a page tells nobody by itself
                    await asyncio.sleep(0.02)
                return value
        said = await self.ask("document.body.innerText")
        raise AssertionError(f"never became true: {expression}; the page says: {said}")

    async def text(self, selector: str) -> str:
        """Return what is written in an element."""
        return str(await self.ask(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''"))

    async def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        await self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        await self._call("Input.insertText", text=text)

    async def enter(self) -> None:
        """Press Enter where the focus is."""
        for kind in ("keyDown", "keyUp"):
            await self._call(
                "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r"
            )

    async def click(self, selector: str) -> None:
        """Click on an element with the mouse, where it is."""
        # two numbers, as the expression says
        place = cast(
            "list[float]",
            await self.ask(
                f"(() => {{ const element = document.querySelector({json.dumps(selector)}); element.scrollIntoView();"
                " const box = element.getBoundingClientRect();"
                " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
            ),
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self._call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    async def picture(self) -> bytes:
        """Return a PNG of what is to be seen."""
        shot = await self._call("Page.captureScreenshot", format="png")
        return base64.b64decode(str(shot["data"]))

    def note(self, method: str, params: Json) -> None:
        """Keep what went wrong in the page."""
        if method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            entry = cast("Json", params["entry"])  # the protocol says so
            if entry["level"] == "error":
                self.problems.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.problems.append(json.dumps(params["args"]))

    async def _call(self, method: str, /, **params: object) -> Json:
        return await self._browser.call(method, self._session, **params)


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Browser]:
    """A Chromium for the length of the block, which keeps what it keeps in the folder."""
    assert PROGRAM is not None, "there is no Chromium"
    # as root, as in containers, it starts without its sandbox only
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else []), f"--user-data-dir={folder}"]
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *flags, "about:blank", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        address = await _address(folder, process)
        async with connect(address, max_size=None, compression=None, ping_interval=None) as socket:
            browser = Browser(socket)
            listening = asyncio.create_task(browser.listen())
            try:
                yield browser
            finally:
                listening.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _address(folder: Path, process: asyncio.subprocess.Process) -> str:
    """Return where Chromium listens, once it has written it down."""
    file = folder / "DevToolsActivePort"
    async with asyncio.timeout(PATIENCE_S):
        while True:
            assert process.returncode is None, f"Chromium ended with {process.returncode}"
            lines = file.read_text().split() if file.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            await asyncio.sleep(0.02)
