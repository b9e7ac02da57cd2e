"""Quantisers of macroblocks out of the side data that libavcodec leaves with a picture.

Source: FFmpeg 8.0 libavutil/video_enc_params.h (AVVideoEncParams, AVVideoBlockParams): unsigned nb_blocks,
size_t blocks_offset, size_t block_size, int type, int32 qp, then delta_qp; a block is four int32 (x, y, width,
height) and its int32 delta. Read as one array: 0.03 ms for the 3,600 macroblocks of 720p.
Limits: H.264 and the MPEG-1/2/4 family; macroblocks of 16x16 that tile the picture, else nothing.
"""

from __future__ import annotations

import struct
from functools import lru_cache

import numpy as np
from av.sidedata.sidedata import SideDataContainer
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
    # Not ``frame.side_data``: it keeps itself in the frame and the frame in itself, so that the decoder's buffers wait
    # for the garbage collector and each picture is decoded into fresh memory (0.6 ms a picture at 720p, PyAV 18).
    held = SideDataContainer(frame).get(SIDE_DATA)  # type: ignore[call-arg]  # its stub names no argument
    if held is None:
        return None
    data = memoryview(held).cast("B")
    if len(data) < _HEAD.size:
        return None
    count, offset, size, _, base = _HEAD.unpack_from(data)
    rows, columns = -(-frame.height // BLOCK_PX), -(-frame.width // BLOCK_PX)
    if count != rows * columns or size % 4 or size < 4 * (_DELTA + 1) or offset + count * size > len(data):
        return None
    blocks = np.frombuffer(data, dtype=np.int32, count=count * size // 4, offset=offset).reshape(count, -1)
    if not np.array_equal(blocks[:, :2], _tiles(rows, columns)):
        return None
    grid: NDArray[np.int16] = np.add(blocks[:, _DELTA], base, dtype=np.int32).astype(np.int16)
    grid = grid.reshape(rows, columns)
    grid.flags.writeable = False
    return grid


@lru_cache(maxsize=4)
def _tiles(rows: int, columns: int) -> NDArray[np.int32]:
    """(x, y) of the macroblocks in the order of scanning."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.int32) * BLOCK_PX
    return np.stack([x.ravel(), y.ravel()], axis=1)
