"""Real single takes, one per device, split into a half to choose thresholds with and a half to measure with.

Files under ``malformed``, openly edited material and files known not to be as a camera left them are no natives.

**What the split cannot undo.** Versions of some methods before the split were made while looking at all of these
files; their count is an independent estimate only for methods that came later, and tables say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.authenticity.contract import Half


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    file: str
    """Below the folder of real media."""
    half: Half
    pristine: bool = True
    """As the device wrote it. Else a single take that went through software: no native for questions of
    history, but one for questions of continuity."""
    odd: tuple[str, ...] = ()
    """Kinds that must be explained in this very file, and we know why: it was handled after the camera."""
    attackable: bool = False
    """Long enough (6 s) to have something done to it."""


A, B = Half.CHOOSE, Half.MEASURE

DEVICES: tuple[Device, ...] = (
    Device("iPhone 6", "camera/metadata-extractor-images__with-gps.mov", A),
    Device("iPhone 5", "camera/elodie__video.mov", B, odd=("metadata.conflict",)),
    Device("iPad mini", "camera/photoprism__quicktime-hvc1.mov", A),
    Device("GoPro Max", "camera/gpmf-parser__max-heromode.mp4", B, attackable=True),
    Device("FLIR One", "camera/metadata-extractor-images__FLIR Thermal.mp4", A, attackable=True),
    Device("Canon", "camera/metadata-extractor-images__MVI_4823.AVI", B),
    Device("Sony A7M3", "camera/metadata-extractor-images__Sony ILCE-7M3 (A7M3).mts", A),
    Device("Panasonic AVCHD", "camera/file-type__fixture-raw.mts", B, pristine=False),
    Device("Android 3gp", "camera/metadata-extractor-images__ftyp3gp5.mp4", A),
    Device("Android 12, 4K", "camera/media__portrait_4k60.mp4", B),
    Device("Samsung", "camera/media__sample_sef_slow_motion.mp4", A),
    Device("Pixel", "camera/media__pixel-motion-photo-2-hevc-tracks.mp4", B),
    Device("phone of 2004", "camera/mp4parser__MOV00006.3gp", A),
    Device("Novatek dash-cam", "camera/dashcamigo__real-anonymized.TS", B, pristine=False),
    Device("Bushnell", "clock/zamba__chimp.mp4", A, pristine=False, attackable=True),
    Device("road CCTV", "clock/bgslibrary__video02.avi", B, pristine=False, attackable=True),
    Device("campus CCTV", "faces/opencv-doc__vtest.avi", A, pristine=False, attackable=True),
    Device(
        "ceiling camera",
        "faces/sample-videos__one-by-one-person-detection.mp4",
        B,
        pristine=False,
        attackable=True,
    ),
    Device("desk camera", "faces/sample-videos__eat.mkv", A, pristine=False),
)
"""The dash-camera clip was anonymised and the AVCHD fixture cut, both by software; the iPhone 5 clip's container
date is from a later copy."""


def devices(media: Path | None, half: Half, *, attackable: bool = False) -> list[Device]:
    """Those of one half whose file is here."""
    if media is None:
        return []
    return [
        device
        for device in DEVICES
        if device.half is half and (device.attackable or not attackable) and (media / device.file).is_file()
    ]
