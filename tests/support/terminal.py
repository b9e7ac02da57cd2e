"""A person at a terminal: the real command in a process of its own, with a passphrase and a private TMPDIR.

Every process it starts can be found again by its session and by a mark in its environment, so that a test can say
whether one outlived its command.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("witnessmark")
MARK = "WITNESSMARK_TEST_MARK"
PASSPHRASE = "correct horse battery staple"
LONGEST_S = 1200.0
"""The whole folder of shared media is examined in one command, on a machine that may be busy."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def is_two_lines(self) -> bool:
        """Whether the error is what the house promises: a diagnosis and a next step, nothing else."""
        lines = self.err.strip().splitlines()
        return len(lines) == 2 and lines[0].startswith("error: ") and lines[1].startswith("hint: ")


def at(days: float) -> tuple[str, ...]:
    """For ``Terminal.before``: the same command so many days from now (see tests/support/at_time.py)."""
    return (sys.executable, str(Path(__file__).with_name("at_time.py")), str(days * 86_400))


@dataclass
class Terminal:
    folder: Path
    passphrase: str = PASSPHRASE
    before: tuple[str, ...] = ()
    """Words put before the command: ``unshare -rn``, ``faketime``, ``setpriv ...``."""
    extra: Mapping[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def tmp(self) -> Path:
        path = self.folder / "tmp"
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("WITNESSMARK", "PYTEST"))}
        ours = {"WITNESSMARK_PASSPHRASE": self.passphrase, "TMPDIR": str(self.tmp), MARK: self.mark}
        return {**kept, **ours, **self.extra}

    def start(self, *words: object, as_json: bool = True) -> subprocess.Popen[str]:
        """Started as the leader of a session of its own."""
        told = ["--json"] if as_json and words else []
        return subprocess.Popen(
            [*self.before, COMMAND, *_texts(words), *told],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: object, code: int | None = 0, as_json: bool = True) -> Said:
        """Run to the end. ``code``: the exit code that is expected (None: any)."""
        process = self.start(*words, as_json=as_json)
        try:
            out, err = process.communicate(timeout=LONGEST_S)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        said = Said(process.returncode, out, err)
        if code is not None and said.code != code:
            raise AssertionError(f"{words[0]}: exit {said.code}, not {code}\n{said.err}\n{said.out[-2000:]}")
        return said

    def alone(self, session: int, within_s: float = 5.0) -> list[str]:
        """Command lines of what still runs of a session (or under our mark) after a while; should be empty."""
        until = time.monotonic() + within_s
        while (living := self._living(session)) and time.monotonic() < until:
            time.sleep(0.02)
        return living

    def _living(self, session: int) -> list[str]:
        marked = f"{MARK}={self.mark}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ours = int(fields[3]) == session or marked in (folder / "environ").read_bytes().split(b"\0")
                if ours and fields[0] not in "ZX" and int(folder.name) != os.getpid():
                    found.append(
                        (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    )
            except (OSError, IndexError):
                continue
        return found


def _texts(words: Sequence[object]) -> list[str | bytes]:
    return [word if isinstance(word, bytes) else str(word) for word in words]
