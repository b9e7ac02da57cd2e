"""Progress on standard error, on a terminal only: what is done, the rate, the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Step = Callable[..., None]


@contextmanager
def bar(title: str, total: float | None, *, in_bytes: bool = False) -> Iterator[Step]:
    """Yields ``step(advance=..., total=..., note=...)``; does nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda **_: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    measures: tuple[Any, ...] = (
        (DownloadColumn(), TransferSpeedColumn()) if in_bytes else (MofNCompleteColumn(),)
    )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *measures,
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total, note="")

        def step(
            advance: float = 0,
            total: float | None = None,
            note: str | None = None,
            completed: float | None = None,
        ) -> None:
            changes: dict[str, Any] = {"advance": advance} if completed is None else {"completed": completed}
            if total is not None:
                changes["total"] = total
            if note is not None:
                changes["note"] = note
            progress.update(task, **changes)

        yield step
