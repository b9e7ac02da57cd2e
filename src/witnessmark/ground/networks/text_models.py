"""The two networks for text: PP-OCRv6 small, as shipped in a registry package, opened by ONNX Runtime.

The package ``rapidocr`` is installed for its weights alone; none of its code is imported. Weights: PaddleOCR,
Apache-2.0 (the package's MODEL_LICENSES.md). Files without a box that looks like text never pay for them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from witnessmark.ground.networks import open_network, weights_of

PACKAGE = "rapidocr"
RECOGNISER = "PP-OCRv6_rec_small.onnx"
DETECTOR = "PP-OCRv6_det_small.onnx"
RELEASE = "rapidocr 3.10.0"
"""The release whose weights the measured rates hold for; pinned in the lock file."""


@cache
def session(name: str) -> Any:
    """An open network, kept for the life of the process. Raises WeightsMissingError."""
    return open_network(str(weights_of(PACKAGE, "models", name)))
