"""The built-in examiners, named one by one: nothing registers itself by being imported.

A method belongs to the list only if its card states limits and sources. Listing the cards loads neither
av nor ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from witnessmark.examine.contract import ExaminerModule, MethodCard
from witnessmark.model.consumer import Consumer
from witnessmark.model.errors import UsageError

if TYPE_CHECKING:
    from witnessmark.ground.container import Kind

EXAMINERS: tuple[str, ...] = (
    "container",
    "metadata",
    "software",
    "recompression",
    "timeline",
    "clock",
    "audio",
    "cut",
    "repeat",
    "freeze",
    "local",
    "camera",
    "telemetry",
    "offset",
    "credentials",
    "synthetic",
)
"""Module names inside ``witnessmark.examine.examiners``, in the order in which reports list them. Each is the id on its
module's card too (tested), so that whoever only needs the ids imports no method and not numpy."""


@cache
def _modules() -> tuple[ExaminerModule, ...]:
    return tuple(
        cast(ExaminerModule, import_module(f"witnessmark.examine.examiners.{name}")) for name in EXAMINERS
    )


def ids(only: Collection[str] | None = None) -> tuple[str, ...]:
    """The ids of all methods, or of those named by ``only``, in the registry's order. Loads none of them.

    Raises UsageError for an unknown id.
    """
    if only is None:
        return EXAMINERS
    unknown = sorted(set(only) - set(EXAMINERS))
    if unknown:
        known = ", ".join(EXAMINERS)
        raise UsageError(f"there is no examiner called {unknown[0]!r}", f"choose among: {known}")
    return tuple(name for name in EXAMINERS if name in only)


def _chosen(only: Collection[str] | None) -> tuple[ExaminerModule, ...]:
    """The modules named by ``only`` (method ids); all where it is None. Unknown ids raise UsageError."""
    if only is None:
        return _modules()
    wanted = ids(only)
    return tuple(module for module in _modules() if module.CARD.id in wanted)


def _running(only: Collection[str] | None) -> tuple[ExaminerModule, ...]:
    """The chosen modules and all that they build on, in the registry's order."""
    wanted = {module.CARD.id for module in _chosen(only)}
    for module in reversed(_modules()):  # a module builds only on earlier ones: a test holds it to that
        if module.CARD.id in wanted:
            wanted.update(module.CARD.builds_on)
    return tuple(module for module in _modules() if module.CARD.id in wanted)


def cards(only: Collection[str] | None = None) -> tuple[MethodCard, ...]:
    """The cards of the built-in methods, or of those named."""
    return tuple(module.CARD for module in _chosen(only))


def examinations(kind: Kind, only: Collection[str] | None = None) -> tuple[Consumer, ...]:
    """Fresh examinations of one file: those whose card applies to its media type, and those they build on."""
    return tuple(
        module.examination(kind)
        for module in _running(only)
        if kind.media_type in module.CARD.applies_to and hasattr(module, "examination")
    )


def weighers(kind: Kind, only: Collection[str] | None = None) -> tuple[ExaminerModule, ...]:
    """The methods that weigh what others left, in the order in which they may build on each other."""
    return tuple(
        module
        for module in _running(only)
        if kind.media_type in module.CARD.applies_to and hasattr(module, "weigh")
    )
