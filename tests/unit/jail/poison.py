"""Tasks that no honest child runs. Each is started in a jail by the tests beside this file."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from typing import Any

from witnessmark.ground.jail import Outlet, wire

Files = dict[str, int]
Secrets = dict[str, bytes]
RESULTS = 4


def honest(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    """What a well-behaved task does: reads its file and secret, sends records and two interleaved blobs."""
    fd = files["object"]
    out.record(
        {"read": os.pread(fd, 100, 0).decode(), "secret": secrets["key"].hex(), "said": request["say"]}
    )
    one, two = out.blob("one"), out.blob("two")
    one.write(b"a" * 700_000)
    two.write(b"b")
    one.write(b"c")
    two.close()
    one.close()
    out.record({"level": out.level})


def environment(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    out.record({"names": sorted(os.environ), "fds": [n for n in range(64) if _is_open(n)]})


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def segfault(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    ctypes.string_at(0)


def abort(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    os.abort()


def out_of_memory(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(64 << 20))


def hang(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    out.record({"pid": os.getpid()})
    time.sleep(1000)


def hang_holding_the_gil(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    out.record({"pid": os.getpid()})
    ctypes.PyDLL(None).sleep(1000)


def burn(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        pass


def garbage(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    os.write(RESULTS, bytes(range(256)) * 10)


def oversized(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    out.record({"much": "x" * 100_000})


def overfull_blob(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    blob = out.blob("much")
    while True:
        blob.write(bytes(1 << 16))


def raw_record(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    wire.send(RESULTS, wire.RECORD, request["text"].encode())
    wire.send(RESULTS, wire.DONE, b"")


def unfinished_blob(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    out.blob("left").write(b"open")


def bad_blob_name(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    out.blob("../../etc/passwd")


def silent_exit(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    os._exit(0)


def closes_and_stays(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    os.close(RESULTS)
    time.sleep(1000)


def second_level(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    wire.send(RESULTS, wire.LOCKED, b"S3")


def raises(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    raise ValueError("the name of a victim")


def run_program(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    os.execv("/bin/sh", ["sh", "-c", "true"])


def open_socket(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


def read_file(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    with open(request["path"], "rb") as file:
        file.read()


def write_file(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    with open(request["path"], "wb") as file:
        file.write(b"x")


def signal_by_descriptor(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    """F_SETOWN makes the kernel send a signal to another process of this user: must be refused."""
    import fcntl

    fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid())


def kill_parent(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    os.kill(os.getppid(), signal.SIGTERM)


def limit_parent(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    import resource

    resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))


def use_libraries(request: dict[str, Any], files: Files, secrets: Secrets, out: Outlet) -> None:
    """The heavy libraries must come up inside."""
    import zoneinfo

    import av
    import numpy as np
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    noon = zoneinfo.ZoneInfo("Europe/Saratov")
    ChaCha20Poly1305(bytes(32)).encrypt(bytes(12), b"x", None)
    product = float(np.ones((64, 64), np.float32).dot(np.ones((64, 64), np.float32))[0, 0])
    out.record({"av": av.__version__, "zone": str(noon), "product": product})
