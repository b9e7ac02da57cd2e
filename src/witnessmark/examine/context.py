"""Which class of files a file belongs to, so that the rate measured on files like it can be cited.

The bench sorts its trials with this very function, and the examination sorts the file at hand with it: so a
finding and the row it cites mean the same by "H.264, low bit rate, short". Read from what the container declares,
never from what was found.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.model.recording import Recording, Stream

ANY = "any"
UNKNOWN = "unknown"

CODECS = {
    "h264": "H.264",
    "hevc": "H.265",
    "mpeg4": "MPEG-4",
    "msmpeg4v3": "MPEG-4",
    "mjpeg": "MJPEG",
    "aac": "AAC",
    "flac": "PCM",
    "mp3": "MP3",
    "opus": "Opus",
}
"""Classes by codec name; ``pcm_*`` counts as PCM, anything else as other."""
OTHER = "other"

LOW_BITS_PER_PIXEL = 0.05
HIGH_BITS_PER_PIXEL = 0.20
"""Whole-file bits per pixel of picture: below 0.05 lies what messengers make (1 Mb/s at 720p25 is 0.043), above 0.20
what cameras write (6 Mb/s is 0.26; AVCHD 17 Mb/s at 1080i 0.33). The borders are ours: they sort, nothing else."""
SHORT_S = 15.0
LONG_S = 60.0
SOUND_KINDS = "audio."
LOSSLESS, CODED = "lossless", "coded"


@dataclass(frozen=True, slots=True)
class Context:
    """One class of files; ``any`` in a field of a row means that the row covers all values."""

    codec: str
    quality: str
    length: str

    def __str__(self) -> str:
        told = [self.codec if self.codec != ANY else "all codecs"]
        if self.quality not in (ANY, UNKNOWN):
            told.append(
                f"{self.quality} bit rate" if self.quality in ("low", "middle", "high") else self.quality
            )
        if self.length not in (ANY, UNKNOWN):
            told.append(self.length)
        return ", ".join(told)

    def broader(self) -> tuple[Context, ...]:
        """This class and those that hold it, the narrowest first."""
        return (
            self,
            Context(self.codec, self.quality, ANY),
            Context(self.codec, ANY, ANY),
            Context(ANY, ANY, ANY),
        )


EVERYTHING = Context(ANY, ANY, ANY)


def context_of(recording: Recording | None, kind: str) -> Context:
    """The class of a recording for findings of ``kind``: by its sound for ``audio.*``, else by its picture."""
    if recording is None:
        return EVERYTHING
    length = _length(recording.duration_s)
    if kind.startswith(SOUND_KINDS):
        sound = recording.first("audio")
        if sound is None:
            return EVERYTHING
        codec = _codec(sound)
        return Context(codec, LOSSLESS if codec == "PCM" else CODED, length)
    picture = recording.first("video")
    if picture is None:
        return EVERYTHING
    return Context(_codec(picture), _quality(recording, picture), length)


def _codec(stream: Stream) -> str:
    return "PCM" if stream.codec.startswith("pcm_") else CODECS.get(stream.codec, OTHER)


def _length(duration_s: float | None) -> str:
    if not duration_s or duration_s <= 0:
        return UNKNOWN
    return "short" if duration_s < SHORT_S else "medium" if duration_s < LONG_S else "long"


def _quality(recording: Recording, picture: Stream) -> str:
    rate = float(picture.average_rate or 0)
    pixels = picture.width_px * picture.height_px
    if not recording.duration_s or recording.duration_s <= 0 or rate <= 0 or pixels <= 0:
        return UNKNOWN
    bits_per_pixel = recording.size_bytes * 8 / recording.duration_s / (pixels * rate)
    if bits_per_pixel < LOW_BITS_PER_PIXEL:
        return "low"
    return "middle" if bits_per_pixel < HIGH_BITS_PER_PIXEL else "high"
