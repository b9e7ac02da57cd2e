"""The first and only program of a jailed child: lock, then import the task, then run it.

Started by ``run.py`` as a plain script with an empty environment. Descriptors: 2 stderr (a pipe),
3 request (watched: when the parent is gone so are we), 4 results, 5 and up the files it may read.
Nothing of ours and nothing heavy is imported before the lock holds.
"""

from __future__ import annotations

import base64
import importlib.machinery
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

REQUEST_FD, RESULT_FD, FIRST_FILE_FD = 3, 4, 5


def beside(name: str) -> Any:
    """The module in the file beside this one, without its package."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")  # noqa: PTH118, PTH100, PTH120
    spec = importlib.util.spec_from_file_location(f"_jail_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Packages:
    """Finds our packages by the folder they lie in, so that the folder around them stays out of reach."""

    def __init__(self, folders: dict[str, str]) -> None:
        self._folders = folders

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        folder = self._folders.get(name)
        if folder is None:
            return None
        return importlib.util.spec_from_file_location(
            name, f"{folder}/__init__.py", submodule_search_locations=[folder]
        )


def level_of(held: dict[str, int], in_namespaces: bool) -> str:
    """S3, S2, S1 or S0 from the layers that hold."""
    if not held["seccomp"]:
        return "S0"
    if not held["landlock"]:
        return "S1"
    return "S3" if in_namespaces else "S2"


def resolve(task: str) -> Callable[..., None]:
    module_name, _, function = task.partition(":")
    answer: Callable[..., None] = getattr(importlib.import_module(module_name), function)
    return answer


def fault_of(error: BaseException) -> bytes:
    """Type and place of an exception, without its text: that may be evidence."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name != "__main__":
            place = f" in {name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}".encode("ascii", "replace")


def main() -> None:
    lock, wire, bpf = beside("lock"), beside("wire"), beside("bpf")
    length = int.from_bytes(wire.read_exactly(REQUEST_FD, 4), "big")
    order = json.loads(wire.read_exactly(REQUEST_FD, length))
    os.closerange(FIRST_FILE_FD + len(order["files"]), 1 << 20)
    lock.limit(order["memory_bytes"], order["cpu_s"])
    lock.die_with(order["parent_pid"], REQUEST_FD)
    sys.path[:] = order["path"]
    sys.meta_path.insert(0, Packages(order["packages"]))
    level = level_of(lock.lock(order["readable"], bpf.program), order["in_namespaces"])
    wire.send(RESULT_FD, wire.LOCKED, level.encode())
    if level == "S0" and not order["allow_unsandboxed"]:
        os._exit(wire.EXIT_TOO_WEAK)
    reserve = bytearray(1 << 20)  # let go when memory is out, so that the way out still works
    code = 0
    try:
        task = resolve(order["task"])
        files = {name: FIRST_FILE_FD + n for n, name in enumerate(order["files"])}
        secrets = {name: base64.b64decode(text) for name, text in order["secrets"].items()}
        task(order["request"], files, secrets, wire.Outlet(RESULT_FD, level))
        wire.send(RESULT_FD, wire.DONE, b"")
    except MemoryError:
        del reserve
        code = wire.EXIT_MEMORY
    except BaseException as error:
        # The boundary of the worker: whatever the task raised becomes one typed ending.
        code = wire.EXIT_EXCEPTION
        wire.send(RESULT_FD, wire.ERROR, fault_of(error))
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
