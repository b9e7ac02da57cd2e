"""Networks that come in registry packages, opened by ONNX Runtime: one thread, no download, none of their code.

One thread, so that the same picture gives the same numbers; ONNX Runtime is loaded on the first use only.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

QUIET = 3
"""ONNX Runtime's severity: errors only (its warnings go to the process's own stderr)."""


class WeightsMissingError(RuntimeError):
    """The package with the weights is not installed: nothing can be found, and the method says so."""


def weights_of(package: str, *place: str) -> Path:
    """Where a package keeps a file of weights. Raises WeightsMissingError. Imports nothing of the package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsMissingError(f"package {package} is not installed")
    path = Path(next(iter(spec.submodule_search_locations))).joinpath(*place)
    if not path.is_file():
        raise WeightsMissingError(f"{place[-1]} is not in package {package}")
    return path


def open_network(model: str | bytes) -> Any:
    """An ONNX Runtime session over a file's path or a model's bytes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
