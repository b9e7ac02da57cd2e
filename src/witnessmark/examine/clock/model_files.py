"""The two networks for text: PP-OCRv6 small, as shipped in a registry package, opened by ONNX Runtime.

The package ``rapidocr`` is installed for its weights alone; none of its code is imported. Weights: PaddleOCR,
Apache-2.0 (the package's MODEL_LICENSES.md). One thread, so that the same crop gives the same numbers, and so
that the jail, which forbids nothing here but costs threads, holds it. ONNX Runtime is loaded on the first use
only: files without a box that looks like text never pay for it.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "rapidocr"
RECOGNISER = "PP-OCRv6_rec_small.onnx"
DETECTOR = "PP-OCRv6_det_small.onnx"
RELEASE = "rapidocr 3.10.0"
"""The release whose weights the measured rates hold for; pinned in the lock file."""
QUIET = 3
"""ONNX Runtime's severity: errors only (its warnings go to the process's own stderr)."""


class WeightsMissingError(RuntimeError):
    """The package with the weights is not installed: nothing can be read, and the method says so."""


def path_of(name: str) -> Path:
    """Where the weights lie. Raises WeightsMissingError."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsMissingError(f"package {PACKAGE} is not installed")
    path = Path(next(iter(spec.submodule_search_locations))) / "models" / name
    if not path.is_file():
        raise WeightsMissingError(f"{name} is not in package {PACKAGE}")
    return path


@cache
def session(name: str) -> Any:
    """An open network, kept for the life of the process."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path_of(name)), options, providers=["CPUExecutionProvider"])
