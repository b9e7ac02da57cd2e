"""The build of a finding: what must be equal for a reproducible core to come out byte for byte the same."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import av
import numpy as np
from av._core import library_meta

CPU_FEATURES = frozenset(
    (
        "sse2",
        "ssse3",
        "sse4_1",
        "sse4_2",
        "avx",
        "avx2",
        "fma",
        "f16c",
        "bmi1",
        "bmi2",
        "avx512f",
        "avx512bw",
        "avx512dq",
        "avx512vl",
        "avx512_vnni",
        "asimd",
        "asimddp",
        "sve",
        "sve2",
        "i8mm",
        "fphp",
    )
)
"""What FFmpeg and numpy choose their kernels by."""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _cpu_features() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() in ("flags", "Features"):
                    return " ".join(sorted(CPU_FEATURES & set(value.split())))
    except OSError:
        pass
    return platform.machine()


def _installed(package: str) -> str:
    """The version that is installed, as its metadata says; ``0`` where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "0"


@cache
def build_id() -> str:
    """Such as ``av18.1.0-lavc62.28.102-cfg1a2b3c4d-np2.4.6-sp1.17.0-ort1.24.0-ocr3.10.0-py3.11.7-cpu1a2b3c4d``.

    ``cfg`` digests the versions and configurations of all FFmpeg libraries, ``cpu`` the processor's features. What the
    parts are called for a reader: ``model/build.py``. Nothing is imported to name it.
    """
    libraries = "\n".join(
        f"{name} {meta['version']} {meta['configuration']}" for name, meta in sorted(library_meta.items())
    )
    codec = ".".join(str(part) for part in library_meta["libavcodec"]["version"])
    return (
        f"av{av.__version__}-lavc{codec}-cfg{_short(libraries)}-np{np.__version__}"
        f"-sp{_installed('scipy')}-ort{_installed('onnxruntime')}-ocr{_installed('rapidocr')}"
        f"-py{platform.python_version()}-cpu{_short(_cpu_features())}"
    )


def missing_decoders(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the named codecs that this build cannot decode."""
    return tuple(name for name in names if name not in av.codecs_available)
