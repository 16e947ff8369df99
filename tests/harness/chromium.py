"""A headless Chromium, driven over its debugging pipe: no port, no driver, no library."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.limits import LIMIT


class Page:
    def __init__(self, writer: int, reader: int):
        self._writer, self._reader = writer, reader
        self._number = 0
        self._session: str | None = None
        self._buffer = b""
        self.events: list[dict] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict:
        """Runs a command of the DevTools protocol; what happens meanwhile goes to `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _receive(self) -> dict:
        os.set_blocking(self._reader, False)
        deadline = time.monotonic() + LIMIT
        while b"\0" not in self._buffer:
            try:
                part = os.read(self._reader, 1 << 16)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError("Chromium does not answer") from None
                time.sleep(0.01)
                continue
            if not part:
                raise RuntimeError("Chromium ended")
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(
        self, url: str, width: int, height: int = 800, scheme: str = "light", scripts: bool = True
    ) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._navigate("about:blank")  # else a change of the fragment alone would load nothing
        self._navigate(url)

    def _navigate(self, url: str) -> None:
        self.events.clear()
        self.send("Page.navigate", url=url)
        deadline = time.monotonic() + LIMIT
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} does not load")
            self.events.append(self._receive())

    def value(self, expression: str) -> Any:
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def type(self, text: str) -> None:
        """As a person does, into the element that has the focus."""
        self.send("Input.insertText", text=text)

    def requests(self) -> list[str]:
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def screenshot(self) -> bytes:
        return base64.b64decode(
            self.send("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        )


@contextmanager
def chromium() -> Iterator[Page]:
    to_browser, writer = os.pipe()
    reader, from_browser = os.pipe()
    profile = tempfile.mkdtemp(prefix="driverctl-chromium-")

    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update"]
    command += [f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
    browser = subprocess.Popen(  # which reads descriptor 3 and writes 4
        ["bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "chromium", *command],
        pass_fds=(to_browser, from_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Page(writer, reader)
    finally:
        os.close(writer)  # a browser whose pipe is closed ends
        try:
            browser.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(browser.pid, 9)
            browser.wait()
        os.close(reader)
        shutil.rmtree(profile, ignore_errors=True)
