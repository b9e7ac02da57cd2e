"""Programs that write recordings, run on made clips, for the software families of the reference library.

Each program that is installed writes a handful of recordings: with and without sound, with and without B frames, two
codecs, its usual options, a plain stream copy. What is not installed is named and left out. Nothing here is evidence of
how often a program is met; only of how it writes.

Not to be had here, and so absent from the library: Android's MediaMuxer and MediaRecorder, the MediaRecorder of
browsers, AVFoundation, editors of phones and of makers (they need those systems), MP4Box of GPAC and L-SMASH (no longer
packaged by Debian). ``witnessmark reference add`` is the way to bring them in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

LONGEST_RUN_S = 120
QUIET = ("-hide_banner", "-loglevel", "error", "-y", "-nostdin")


@dataclass(frozen=True, slots=True)
class Written:
    """One recording and who wrote it."""

    path: Path
    family: str
    device: str
    """The installation: program, version, and the library it writes with."""


def make_sources(folder: Path) -> dict[str, Path]:
    """The clips that every program is given, by name."""
    from tests.corpus.clips import make_clip

    folder.mkdir(parents=True, exist_ok=True)
    clips = {
        "plain": folder / "plain.mp4",
        "silent": folder / "silent.mp4",
        "hevc": folder / "hevc.mp4",
        "old": folder / "old.avi",
        "moving": folder / "moving.avi",
    }
    make_clip(clips["plain"], seconds=3, seed=41, bframes=0)
    make_clip(clips["silent"], seconds=4, seed=42, bframes=2, fps=Fraction(30000, 1001), audio=False)
    make_clip(clips["hevc"], seconds=2, seed=43, codec="libx265")
    make_clip(clips["old"], seconds=2, seed=44, codec="mpeg4")
    make_clip(clips["moving"], seconds=2, seed=45, codec="mjpeg", audio=False)
    return clips


def all_written(
    folder: Path, sources: dict[str, Path], more_av: list[Path], more_ffmpeg: list[str]
) -> Iterator[Written]:
    """Everything that the programs of this machine write. ``more_av``: folders with other versions of PyAV;
    ``more_ffmpeg``: other FFmpeg programs."""
    folder.mkdir(parents=True, exist_ok=True)
    yield from _ffmpeg_programs(folder, sources, more_ffmpeg)
    for program in (_gstreamer, _handbrake, _mkvmerge, _mencoder, _vlc, _melt, _x264, _mediabunny):
        yield from program(folder, sources)
    for where in (None, *more_av):
        yield from _pyav(folder, sources, where)


# -- FFmpeg ------------------------------------------------------------------------------------------------------

_BOXES = (
    ("plain", ("-c", "copy")),
    ("silent", ("-c", "copy")),
    ("hevc", ("-c", "copy")),
    ("plain", ("-c:v", "libx264", "-c:a", "aac")),
    ("plain", ("-c", "copy", "-movflags", "+faststart")),
)
_FFMPEG = {
    "FFmpeg (libavformat), MP4": (".mp4", _BOXES),
    "FFmpeg (libavformat), MOV": (".mov", _BOXES),
    "FFmpeg (libavformat), 3GP": (".3gp", _BOXES[:2] + _BOXES[3:4]),
    "FFmpeg (libavformat), fragmented MP4": (
        ".mp4",
        tuple((name, (*words, "-movflags", "+frag_keyframe+empty_moov")) for name, words in _BOXES[:4]),
    ),
    "FFmpeg (libavformat), Matroska": (".mkv", _BOXES[:4]),
    "FFmpeg (libavformat), transport stream": (".ts", _BOXES[:4]),
    "FFmpeg (libavformat), AVI": (
        ".avi",
        (
            ("old", ("-c", "copy")),
            ("moving", ("-c", "copy")),
            ("plain", ("-c:v", "mpeg4", "-c:a", "mp3")),
            ("plain", ("-c:v", "mjpeg", "-c:a", "pcm_s16le")),
        ),
    ),
}


def _ffmpeg_programs(folder: Path, sources: dict[str, Path], more: list[str]) -> Iterator[Written]:
    programs = [shutil.which("ffmpeg"), *more]
    try:
        import imageio_ffmpeg

        programs.append(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        _absent("imageio-ffmpeg")
    for program in programs:
        if program is None:
            _absent("ffmpeg")
            continue
        version = _first_line([program, "-version"]).split(" ")[2].split("-")[0]
        for family, (suffix, variants) in _FFMPEG.items():
            for number, (name, words) in enumerate(variants):
                out = folder / f"ffmpeg-{version}-{_slug(family)}-{number}{suffix}"
                if _run([program, *QUIET, "-i", sources[name], *words, out]):
                    yield Written(out, family, f"FFmpeg {version} (command line)")


_PYAV = """
import json, sys
import av
job = json.loads(sys.argv[1])
source = av.open(job["in"])
target = av.open(job["out"], "w", options=job["options"])
taken = {}
for stream in source.streams:
    if stream.type in ("video", "audio"):
        if hasattr(target, "add_stream_from_template"):
            taken[stream.index] = target.add_stream_from_template(stream)
        else:
            taken[stream.index] = target.add_stream(template=stream)
for packet in source.demux([source.streams[i] for i in taken]):
    if packet.dts is not None:
        packet.stream = taken[packet.stream.index]
        target.mux(packet)
target.close()
"""
_ASK = "import av, json; print(av.__version__, '.'.join(map(str, av.library_versions['libavformat'])))"
_PYAV_OPTIONS = {
    "+faststart": {"movflags": "+faststart"},
    "+frag_keyframe+empty_moov": {"movflags": "+frag_keyframe+empty_moov"},
}


def _pyav(folder: Path, sources: dict[str, Path], where: Path | None) -> Iterator[Written]:
    """Stream copies by the FFmpeg inside one version of PyAV. The library's version counts as installation:
    two wheels with the same one are one."""
    environment = {**os.environ, "PYTHONPATH": str(where)} if where else dict(os.environ)
    asked = subprocess.run(
        [sys.executable, "-c", _ASK], env=environment, capture_output=True, text=True, check=False
    )
    if asked.returncode:
        _absent(f"PyAV in {where.name if where else 'this environment'}")
        return
    version, library = asked.stdout.split()
    for family, (suffix, variants) in _FFMPEG.items():
        for number, (name, words) in enumerate(variants):
            if words[:2] != ("-c", "copy"):
                continue
            out = folder / f"pyav-{version}-{_slug(family)}-{number}{suffix}"
            options = _PYAV_OPTIONS.get(words[-1], {})
            job = json.dumps({"in": str(sources[name]), "out": str(out), "options": options})
            if _run([sys.executable, "-c", _PYAV, job], environment):
                yield Written(out, family, f"libavformat {library} (as PyAV copies)")


# -- others ------------------------------------------------------------------------------------------------------


def _gstreamer(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    if not shutil.which("gst-launch-1.0"):
        _absent("GStreamer")
        return
    version = _first_line(["gst-launch-1.0", "--version"]).split(" ")[-1]
    boxes = {"mp4mux": ("MP4", ".mp4"), "qtmux": ("MOV", ".mov"), "3gppmux": ("3GP", ".3gp")}
    streams = {"matroskamux": ("Matroska", ".mkv"), "mpegtsmux": ("transport stream", ".ts")}
    for muxer, (label, suffix) in {**boxes, **streams}.items():
        for number, (name, sound) in enumerate((("plain", True), ("silent", False))):
            out = folder / f"gst-{muxer}-{number}{suffix}"
            line = (
                f"filesrc location={sources[name]} ! qtdemux name=d {muxer} name=m ! filesink location={out} "
            )
            line += "d.video_0 ! queue ! h264parse ! m. " + (
                "d.audio_0 ! queue ! aacparse ! m." if sound else ""
            )
            if _run(["gst-launch-1.0", "-q", *line.split()]):
                yield Written(out, f"GStreamer, {label}", f"GStreamer {version}")
        out = folder / f"gst-{muxer}-live{suffix}"
        live = f"videotestsrc num-buffers=60 ! x264enc ! h264parse ! {muxer} ! filesink location={out}"
        if _run(["gst-launch-1.0", "-q", *live.split()]):
            yield Written(out, f"GStreamer, {label}", f"GStreamer {version}")
    for number, coder in enumerate(("jpegenc", "x264enc ! h264parse")):
        out = folder / f"gst-avimux-{number}.avi"
        if _run(
            [
                "gst-launch-1.0",
                "-q",
                *f"videotestsrc num-buffers=60 ! {coder} ! avimux ! filesink location={out}".split(),
            ]
        ):
            yield Written(out, "GStreamer, AVI", f"GStreamer {version}")


def _handbrake(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    if not shutil.which("HandBrakeCLI"):
        _absent("HandBrake")
        return
    version = _first_line(["HandBrakeCLI", "--version"]).split(" ")[-1]
    for suffix, label in ((".mp4", "MP4"), (".mkv", "Matroska")):
        for number, (name, words) in enumerate(
            (("plain", ()), ("silent", ()), ("plain", ("--optimize",)), ("hevc", ()))
        ):
            out = folder / f"handbrake-{number}{suffix}"
            if _run(["HandBrakeCLI", "-i", sources[name], "-o", out, "--preset", "Fast 480p30", *words]):
                yield Written(out, f"HandBrake, {label}", f"HandBrake {version}")


def _mkvmerge(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    if not shutil.which("mkvmerge"):
        _absent("MKVToolNix")
        return
    version = _first_line(["mkvmerge", "--version"]).split(" ")[1]
    for name in ("plain", "silent", "hevc", "old"):
        out = folder / f"mkvmerge-{name}.mkv"
        if _run(["mkvmerge", "-q", "-o", out, sources[name]]):
            yield Written(out, "mkvmerge (MKVToolNix), Matroska", f"mkvmerge {version}")


def _mencoder(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    if not shutil.which("mencoder"):
        _absent("MEncoder")
        return
    version = _first_line(["mencoder"]).split(" ")[1]
    for name, words in (("old", ("-ovc", "copy", "-oac", "copy")), ("moving", ("-ovc", "lavc", "-nosound")),
                        ("old", ("-ovc", "lavc", "-oac", "mp3lame"))):  # fmt: skip
        out = folder / f"mencoder-{name}-{words[1]}.avi"
        if _run(["mencoder", "-really-quiet", sources[name], *words, "-o", out]):
            yield Written(out, "MEncoder, AVI", f"MEncoder {version}")


def _vlc(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    if not shutil.which("vlc"):
        _absent("VLC")
        return
    program = ["vlc"]
    if os.geteuid() == 0:  # it refuses to work for the administrator
        program = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "vlc"]
        folder.chmod(0o777)
    version = _first_line(["dpkg-query", "-W", "-f=${Version}", "vlc-bin"]).split("-")[0] or "unknown"
    for mux, suffix, label in (("mp4", ".mp4", "MP4"), ("mov", ".mov", "MOV"), ("ts", ".ts", "transport stream"),
                               ("avi", ".avi", "AVI")):  # fmt: skip
        for name in ("old", "moving") if mux == "avi" else ("plain", "silent"):
            out = folder / f"vlc-{mux}-{name}{suffix}"
            chain = f"#std{{access=file,mux={mux},dst={out}}}"
            if (
                _run([*program, "-I", "dummy", "-q", sources[name], f"--sout={chain}", "vlc://quit"])
                and out.exists()
            ):
                yield Written(out, f"VLC, {label}", f"VLC {version}")


def _melt(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    """MLT, under Kdenlive and Shotcut, writes through libavformat: another installation of that family."""
    if not shutil.which("melt"):
        _absent("MLT")
        return
    version = _first_line(["melt", "--version"]).split(" ")[-1]
    for name in ("plain", "silent"):
        for suffix, family in ((".mp4", "FFmpeg (libavformat), MP4"), (".mov", "FFmpeg (libavformat), MOV")):
            out = folder / f"melt-{name}{suffix}"
            if _run(["melt", sources[name], "-consumer", f"avformat:{out}", "vcodec=libx264", "acodec=aac"]):
                yield Written(out, family, f"MLT {version}")


def _x264(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    if not shutil.which("x264"):
        _absent("x264")
        return
    version = _first_line(["x264", "--version"]).split(" ")[1]
    for name in ("plain", "silent"):
        out = folder / f"x264-{name}.mkv"
        if _run(["x264", "--quiet", "-o", out, sources[name]]):
            yield Written(out, "x264, Matroska", f"x264 {version}")


_JS = """
import { Input, Output, Conversion, ALL_FORMATS, FilePathSource, FilePathTarget, Mp4OutputFormat, MovOutputFormat,
  MkvOutputFormat } from 'mediabunny';
const [, , source, target, form, fast] = process.argv;
const forms = { mp4: Mp4OutputFormat, mov: MovOutputFormat, mkv: MkvOutputFormat };
const options = fast ? { fastStart: fast === 'no' ? false : fast } : {};
const input = new Input({ source: new FilePathSource(source), formats: ALL_FORMATS });
const output = new Output({ format: new forms[form](options), target: new FilePathTarget(target) });
const conversion = await Conversion.init({ input, output, showWarnings: false });
await conversion.execute();
"""


def _mediabunny(folder: Path, sources: dict[str, Path]) -> Iterator[Written]:
    """A writer inside web pages: ``npm install mediabunny`` in the folder that WITNESSMARK_NODE names."""
    home = os.environ.get("WITNESSMARK_NODE", "")
    package = Path(home) / "node_modules" / "mediabunny" / "package.json"
    if not home or not package.is_file() or not shutil.which("node"):
        _absent("Mediabunny")
        return
    version = json.loads(package.read_text("utf-8"))["version"]
    script = Path(home) / "write.mjs"
    script.write_text(_JS, "utf-8")
    for form, label in (("mp4", "MP4"), ("mov", "MOV"), ("mkv", "Matroska")):
        for name in ("plain", "silent", "hevc"):
            for fast in ("",) if form == "mkv" else ("", "no", "in-memory"):
                out = folder / f"mediabunny-{name}-{fast or 'usual'}.{form}"
                if _run(["node", script, sources[name], out, form, fast]):
                    yield Written(out, f"Mediabunny (web pages), {label}", f"Mediabunny {version}")


# -- small things --------------------------------------------------------------------------------------------------


def _run(command: list[str | Path] | list[str], environment: dict[str, str] | None = None) -> bool:
    """Whether the program wrote something. Programs refuse what their container cannot hold: that is no fault."""
    out = next(
        (Path(str(w)) for w in reversed(command) if str(w).startswith("/") and not Path(str(w)).is_dir()),
        None,
    )
    try:
        ran = subprocess.run(
            [str(word) for word in command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_RUN_S,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return False
    return ran.returncode == 0 and (out is None or out.exists())


def _first_line(command: list[str]) -> str:
    asked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return next((line.strip() for line in (asked.stdout + asked.stderr).splitlines() if line.strip()), "")


def _slug(family: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in family.lower()).strip("-")


def _absent(what: str) -> None:
    print(f"not here, left out: {what}", file=sys.stderr)
