"""A headless Chromium, spoken to over two pipes (DevTools protocol), with the standard library alone.

Skips with a clear message where no Chromium is installed. Debian's own: ``apt-get install chromium``.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

PLACES = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ),
    *(
        "--disable-extensions",
        "--remote-debugging-pipe",
        "--proxy-server=127.0.0.1:9",
        "--window-size=1100,1400",
    ),
)
"""A proxy that nobody is: whatever the page tried to fetch would fail and be seen."""


def find() -> str:
    """Where Chromium is, or the test is skipped."""
    for place in PLACES:
        found = shutil.which(place)
        if found:
            return found
    pytest.skip(
        "no Chromium on this machine: the stranger's page is not opened (Debian: apt-get install chromium)"
    )


class Browser:
    """One browser with one page. Use as a context manager."""

    def __init__(self, profile: Path) -> None:
        command = [find(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        their_in, self._out = os.pipe()
        self._in, their_out = os.pipe()
        log = os.open(profile.parent / "browser.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        high = [os.dup2(fd, 200 + n) for n, fd in enumerate((their_in, their_out, log))]
        actions = [
            (os.POSIX_SPAWN_DUP2, high[0], 3),
            (os.POSIX_SPAWN_DUP2, high[1], 4),
            (os.POSIX_SPAWN_DUP2, high[2], 1),
            (os.POSIX_SPAWN_DUP2, high[2], 2),
        ]
        environment = {**os.environ, "HOME": str(profile)}
        self._pid = os.posix_spawn(command[0], command, environment, file_actions=actions, setpgroup=0)
        for fd in (their_in, their_out, log, *high):
            os.close(fd)
        self._held = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        self._session = ""

    def __enter__(self) -> Self:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Network", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            os.killpg(self._pid, signal.SIGKILL)
        finally:
            os.waitpid(self._pid, 0)
            os.close(self._in)
            os.close(self._out)

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._held:
            if not select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser did not answer")
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise ConnectionError("the browser ended")
            self._held += piece
        text, _, self._held = self._held.partition(b"\0")
        return dict(json.loads(text))

    def call(self, method: str, *, timeout_s: float = 120.0, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        order: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            order["sessionId"] = self._session
        data = json.dumps(order).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + timeout_s
        while True:
            answer = self._message(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self.events.append(answer)

    def open(self, path: Path) -> None:
        self.call("Page.navigate", url=path.resolve().as_uri())

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression (a promise is waited for)."""
        said = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise RuntimeError(str(said["exceptionDetails"])[:800])
        return said["result"].get("value")

    def wait_for(self, expression: str, timeout_s: float = 120.0) -> Any:
        """Ask until the answer is true."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            value = self.ask(expression)
            if value:
                return value
            time.sleep(0.1)
        raise TimeoutError(
            f"never true: {expression}; page says: {self.ask('document.body.innerText')[-1500:]}"
        )

    def give_files(self, selector: str, *paths: Path) -> None:
        """Put files into a file input, as a person who chooses them."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def picture(self, target: Path) -> None:
        """A screenshot of the whole page."""
        said = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        target.write_bytes(base64.b64decode(said["data"]))

    def faults(self) -> list[str]:
        """What the page or its policy complained of."""
        found = []
        for event in self.events:
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(str(event["params"]["exceptionDetails"])[:500])
            if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(str(event["params"]["entry"]["text"]))
        return found

    def requests(self) -> list[str]:
        """Every address that the page asked for, the page itself and what the person dropped left out."""
        sent = [
            e["params"]["request"]["url"]
            for e in self.events
            if e.get("method") == "Network.requestWillBeSent"
        ]
        return [
            url
            for url in sent
            if not url.startswith(("blob:", "about:", "data:")) and not url.endswith("README.html")
        ]
