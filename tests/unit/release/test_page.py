"""If these fail, a stranger with a browser and no program cannot check a video, or is told that a changed one is good.

They open README.html in Chromium from ``file:``, with no network, and skip where no Chromium is installed.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame

from tests.support import bundle_attacks, bundles
from tests.support.browser import Browser
from witnessmark.ground.media.planes import Planes
from witnessmark.ground.media.workshop import Recipe, write_movie
from witnessmark.release.bundle import page
from witnessmark.release.bundle.writing import write_folder
from witnessmark.release.likeness import compare as likeness
from witnessmark.release.likeness.grid import Grid
from witnessmark.release.likeness.tolerance import shipped
from witnessmark.release.seal.planes import (
    TileCutter,
    block_means,
    depth_bits,
    layout,
    shapes,
    sketch_luma,
)
from witnessmark_verify import ed25519

STATE = "document.body?.dataset.state"
SETTLED = f"['holds', 'refused'].includes({STATE}) && {STATE}"
COMPARED = "document.body.dataset.compared || document.body.dataset.fault"
TYPED = (
    "(() => {{ const f = document.getElementById('fingerprint'); f.value = '{}';"
    " f.dispatchEvent(new Event('input')); }})()"
)
RED = "[...document.querySelectorAll('#bar button')].flatMap((b, n) => b.className === 'bad' ? [n] : [])"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bundles.Made:
    return bundles.make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


def opened(browser: Browser, folder: Path) -> str:
    browser.events.clear()
    browser.open(folder / "README.html")
    return str(browser.wait_for(SETTLED))


def text(browser: Browser) -> str:
    return str(browser.ask("document.body.innerText"))


def dropped(browser: Browser, video: Path) -> int:
    """How many tiles are red."""
    browser.give_files("#file", video)
    answer = browser.wait_for(COMPARED)
    assert str(answer).isdecimal(), answer
    return int(answer)


def test_a_stranger_checks_a_bundle_by_its_page(tmp_path: Path, browser: Browser, made: bundles.Made) -> None:
    """The page would say nothing, reach out, or say more than it knows."""
    write_folder(made.files, tmp_path / "bundle")
    assert opened(browser, tmp_path / "bundle") == "holds"
    said = text(browser)
    assert "issuer NOT established" in said
    for words in ("What was not checked here", "This page itself", "Who made the footage", "verify.py"):
        assert words in said
    browser.ask(TYPED.format(made.fingerprint))
    assert "Issuer established by the fingerprint you typed" in text(browser)
    shown = " ".join(made.fingerprint[at : at + 4] for at in range(0, 32, 4))  # as a strip shows it
    browser.ask(TYPED.format(shown.upper()))
    assert "Issuer established by the fingerprint you typed" in text(browser)
    browser.ask(TYPED.format(made.fingerprint[:31]))
    assert "issuer.fingerprint" in text(browser)
    browser.ask(TYPED.format("abc"))
    assert "issuer.fingerprint" in text(browser)
    assert dropped(browser, tmp_path / "bundle/public.mp4") == 0
    said = text(browser)
    assert "exact. Byte for byte" in said
    assert "GREEN" in said and "Within tolerance is not identical" in said
    assert browser.ask("document.querySelectorAll('#frames figure').length") == 2
    assert "A made clip" in said and "Things move." in said
    assert browser.faults() == []
    assert browser.requests() == []


def test_a_page_of_words_alone_speaks_of_no_video(tmp_path: Path, browser: Browser) -> None:
    """People would look for a video that nobody published, or take words for something that was compared."""
    bare = bundles.make(tmp_path / "made", words_alone=True)
    write_folder(bare.files, tmp_path / "bundle")
    assert opened(browser, tmp_path / "bundle") == "holds"
    said = text(browser)
    assert "Check these words" in said and "No picture is shown" in said and "Things move." in said
    html = bare.files["README.html"].decode()
    visible = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", html)
    for picture in ("video", "public.mp4", "tiles", "compare", "frames", "sketch"):
        assert picture not in said.replace("earlier video", "").lower(), picture
        assert picture not in visible.lower(), picture
    browser.give_files("#file", tmp_path / "bundle/statement.json")
    browser.wait_for("document.querySelectorAll('#dropped li').length > 0")
    assert "byte for byte what was approved as statement.json" in text(browser)
    limits = bare.files["LIMITS.md"].decode()
    assert "## Words alone" in limits and "tolerance" not in limits and "credentials" not in limits
    assert browser.faults() == []


def test_a_reencoded_copy_is_green_and_an_edited_one_red_where_it_was_edited(
    tmp_path: Path, browser: Browser, made: bundles.Made
) -> None:
    """A messenger's copy would be called a forgery, or a forgery a messenger's copy."""
    write_folder(made.files, tmp_path / "bundle")
    assert opened(browser, tmp_path / "bundle") == "holds"

    def video(name: str, edit: bool, shift: int = 0) -> Path:
        def pictures() -> Iterator[np.ndarray]:
            for n in range(shift):
                yield bundles.public_picture(bundles.scene(made.public.frames[0].ordinal - shift + n), ())
            for frame in made.public.frames:
                picture = bundles.public_picture(
                    bundles.scene(frame.ordinal), bundles.MASKS.tiles_at(frame.ordinal)
                )
                if edit and 15 <= frame.number < 28:
                    picture[140:180, 8:48] = 40
                yield picture

        write_movie(tmp_path / name, pictures(), Recipe(bundles.RATE, crf=30, with_sound=False))
        return tmp_path / name

    assert dropped(browser, video("copy.mp4", edit=False)) == 0
    said = text(browser)
    assert "not the approved file byte for byte" in said
    browser.ask("delete document.body.dataset.compared")
    assert dropped(browser, video("edited.mp4", edit=True)) > 0
    red = browser.ask(RED)
    times = [2.0 * n / 11 for n in red]
    assert red and all(0.4 < t < 1.3 for t in times)
    browser.ask("delete document.body.dataset.compared")
    assert dropped(browser, video("late.mp4", edit=False, shift=3)) == 0
    assert re.search(r"shift in time 0\.1[0-9]", text(browser))


def test_a_sample_of_the_attacks_is_refused_by_the_page(
    tmp_path: Path, browser: Browser, made: bundles.Made
) -> None:
    """What verify.py refuses, the page would let pass."""
    import random

    rng = random.Random(3)
    kinds = {
        bundle_attacks._one_key: {"approvals.people"},
        bundle_attacks._changed_day: {"entry.format", "entry.path", "entry.payload", "entry.log"},
        bundle_attacks._changed_path: {"entry.log", "checkpoint.format"},
        bundle_attacks._changed_cosignature: {"witness.signature", "witness.unknown", "checkpoint.format"},
        bundle_attacks._altered_sample: {"frame.proof"},
        bundle_attacks._unhidden: {"frame.proof"},
        bundle_attacks._changed_sketch: {"sketch.proof"},
        bundle_attacks._bomb: {"frame.format", "sketch.format"},
        bundle_attacks._other_manifest: {"approvals.signature"},
    }
    for number, (kind, reasons) in enumerate(kinds.items()):
        attack = kind(made, rng)
        folder = tmp_path / str(number)
        files = {**attack.files, "README.html": page.build(attack.files)}
        write_folder(files, folder)
        assert opened(browser, folder) == "refused", attack.name
        said = text(browser)
        assert any(f"reason: {reason}" in said for reason in reasons), (attack.name, said)
        assert "REFUSED: this bundle does NOT hold" in said


def test_the_demonstration_is_announced_on_the_page(tmp_path: Path, browser: Browser) -> None:
    """The demonstration would be ready-made disinformation."""
    demo = bundles.make(tmp_path / "made", demonstration=True, with_witness=False)
    write_folder(demo.files, tmp_path / "bundle")
    opened(browser, tmp_path / "bundle")
    assert "NOT EVIDENCE" in text(browser)
    assert browser.ask("document.body.classList.contains('demonstration')") is True
    assert browser.ask("document.body.dataset.issuer") == "DEMONSTRATION KEY, NOT EVIDENCE"


# -- the script's parts, held to Python's


def parts(names: str, expression: str) -> str:
    """The value of an expression inside the page's script, its own start left out."""
    sources = [(page.FOLDER / f"{name}.js").read_text() for name in names.split()]
    return "(() => {" + "\n".join(sources) + f"\nreturn {expression}; }})()"


def test_hashes_and_signatures_are_those_of_the_standards(browser: Browser) -> None:
    """The page would accept what nobody signed."""
    import hashlib
    import os

    browser.open(Path("/dev/null"))
    lengths = [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 200, 1000]
    data = [os.urandom(n) for n in lengths]
    each = "(h) => { const b = fromHex(h, ''); return [hex(sha256(b)), hex(sha512(b))]; }"
    code = f"{json.dumps([d.hex() for d in data])}.map({each})"
    got = browser.ask(parts("hashes signatures documents", code))
    assert got == [[hashlib.sha256(d).hexdigest(), hashlib.sha512(d).hexdigest()] for d in data]

    vectors = json.loads((Path(__file__).parent / "ed25519_cases.json").read_text())
    triples = [
        (bytes.fromhex(c["public"]), bytes.fromhex(c["message"]), bytes.fromhex(c["signature"]))
        for c in vectors
    ]
    for public, message, signature in list(triples):
        tails = (bytes([signature[0] ^ 1]) + signature[1:], signature[:-1] + bytes([signature[-1] ^ 0x80]))
        triples += [(public, message, spoiled) for spoiled in tails]
        order = 2**252 + 27742317777372353535851937790883648493
        s = int.from_bytes(signature[32:], "little") + order
        if s < 2**256:
            triples.append((public, message, signature[:32] + s.to_bytes(32, "little")))
    given = json.dumps([[part.hex() for part in triple] for triple in triples])
    code = f"{given}.map((t) => verifySignature(...t.map((h) => fromHex(h, ''))))"
    assert browser.ask(parts("hashes signatures documents", code)) == [ed25519.verify(*t) for t in triples]


def test_the_page_and_python_compare_alike(browser: Browser) -> None:
    """One would call green what the other calls red."""
    browser.open(Path("/dev/null"))
    rng = np.random.default_rng(11)
    rows, columns, count = 13, 36, 5
    sketches = rng.integers(16, 236, (1, rows, columns)).repeat(count, 0).astype(np.uint8)
    sketches[2:, 4:7, 5:9] = 200
    opened_means = np.ones(sketches.shape, bool)
    opened_means[1:3, :8, 24:32] = False
    video = (1.16 * sketches.astype(np.float32) - 19 + rng.normal(0, 3, sketches.shape)).astype(np.float32)
    video[2:4, 1:4, 1:4] += 90
    video[4] = np.nan
    tolerance = shipped()
    expected = likeness.compare(sketches, video, opened_means, tolerance, strip=True)
    pairs = zip(sketches, opened_means, strict=True)
    given = json.dumps([[s.ravel().tolist(), o.ravel().astype(int).tolist()] for s, o in pairs])
    seen = json.dumps([[None if np.isnan(v) else float(v) for v in row.ravel()] for row in video])
    code = f"""(() => {{
      const cells = {{across: {columns}, down: {rows}}}, layout = {{tiles: 10, columns: 5}};
      const tolerance = {page.FILE.read_text()};
      const sketches = {given}.map(([p, o]) => ({{picture: Uint8Array.from(p), open: Uint8Array.from(o)}}));
      const video = {seen}.map((row) => Float32Array.from(row, (v) => v === null ? NaN : v));
      const fit = fitBrightness(video.map((row, n) => [known(sketches, n, cells, true), row]));
      const scores = video.map((row, n) => tileScores(sketches, n, row, fit, cells, layout, true, tolerance));
      return {{fit, scores: scores.map((row) => [...row].map((v) => Number.isNaN(v) ? null : v)),
              red: redTiles(scores, tolerance).map((row) => [...row])}};
    }})()"""
    got = browser.ask(parts("hashes signatures documents likeness", code))
    assert got["fit"]["gain"] == pytest.approx(expected.gain, abs=1e-5)
    assert got["fit"]["offset"] == pytest.approx(expected.offset, abs=1e-3)
    theirs = np.array([[np.nan if v is None else v for v in row] for row in got["scores"]], np.float32)
    np.testing.assert_allclose(theirs, expected.scores.reshape(count, -1), atol=2e-3, equal_nan=True)
    assert got["red"] == expected.red.reshape(count, -1).astype(int).tolist()
    assert expected.red.any() and not expected.red.all()


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_page_and_python_put_a_video_on_the_same_grid(browser: Browser, turns: int) -> None:
    """A turned or scaled video would be compared tile against wrong tile."""
    browser.open(Path("/dev/null"))
    rng = np.random.default_rng(turns)
    raw, shown, strip = (150, 90), ((120, 72) if turns % 2 == 0 else (72, 120)), 8
    size = (90, 60) if turns % 2 == 0 else (54, 96)
    luma = rng.integers(0, 256, (size[1], size[0])).astype(np.uint8)
    expected = Grid(raw, shown, strip, turns, size).means(luma)
    rgba = np.repeat(luma[..., None], 4, axis=2).ravel().tolist()
    layout = {"width": raw[0], "height": raw[1]}
    part = {"quarter_turns": turns, "width": shown[0], "height": shown[1], "strip": strip}
    grid = f"new Grid({json.dumps(layout)}, {json.dumps(part)}, {size[0]}, {size[1]})"
    code = f"[...{grid}.means(Uint8Array.from({json.dumps(rgba)}), [0.299, 0.587, 0.114])]"
    got = np.array(browser.ask(parts("hashes signatures documents likeness", code)), np.float32)
    np.testing.assert_allclose(got.reshape(expected.shape), expected, atol=0.01)


@pytest.mark.parametrize(
    "pixels",
    ["yuv420p", "yuvj422p", "yuv420p10le", "gray", "gray16le", "nv12", "rgb24", "bgra", "gbrp", "pal8"],
)
def test_the_page_and_python_make_the_same_means_of_proven_samples(browser: Browser, pixels: str) -> None:
    """A still would be compared with something else than the samples that are proven."""
    browser.open(Path("/dev/null"))
    frame = VideoFrame(150, 90, pixels)
    rng = np.random.default_rng(2)
    for plane in frame.planes:
        held = np.frombuffer(plane, np.uint8)
        held[:] = (
            rng.integers(0, 4, len(held)) if pixels.endswith("10le") else rng.integers(0, 256, len(held))
        )
    planes = Planes(frame)()
    palette = planes[1].tobytes() if pixels == "pal8" else b""
    planes = planes[:1] if palette else planes
    found = shapes(150, 90, planes)
    luma = sketch_luma(pixels, planes, 150, depth_bits(pixels), palette)
    expected = block_means(luma)
    tiles = [bytes(tile) for tile in TileCutter(150, 90, found).cut(planes)]
    given = json.dumps([[n, tile.hex()] for n, tile in enumerate(tiles) if n != 4])
    text = json.dumps(layout(pixels, 150, 90, found, palette).decode())
    code = f"""(() => {{
      const shown = new Map({given}.map(([n, held]) => [n, fromHex(held, "")]));
      const made = sketchOf({{ layout: readLayout({text}, ""), shown }});
      return [[...made.picture], [...made.open], [...made.hidden]];
    }})()"""
    picture, opened_means, hidden = browser.ask(
        parts("hashes signatures documents log seal likeness paint film still", code)
    )
    seen = np.array(opened_means, bool).reshape(expected.shape)
    assert hidden == [4] and not seen[8:, 8:16].any() and seen.sum() == seen.size - 8 * 4
    got = np.array(picture).reshape(expected.shape)
    assert np.array_equal(got[seen], expected[seen])


# -- without a browser


def test_the_policy_of_the_page_names_its_own_script_and_nothing_else(made: bundles.Made) -> None:
    """A changed script would run, or the page could send what it is given."""
    html = made.files["README.html"].decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy.startswith("default-src &#x27;none&#x27;; script-src &#x27;sha256-")
    assert "unsafe" not in policy and "http" not in policy.replace("http-equiv", "")
    scripts = re.findall(r"<script(?: [^>]*)?>", html)
    assert scripts == [s for s in scripts if "src=" not in s] and len(scripts) == 3
    assert not re.search(r"https?://", html)


def test_the_page_holds_every_proof_and_no_medium(made: bundles.Made) -> None:
    """A check that has nothing to look at would look good."""
    html = made.files["README.html"].decode()
    found = re.search(r'data-length="(\d+)">([^<]*)</script>', html)
    assert found is not None
    block = zlib.decompress(base64.b64decode(found.group(2)))
    assert len(block) == int(found.group(1))
    length = int.from_bytes(block[:4], "big")
    listed: list[list[Any]] = json.loads(block[4 : 4 + length])
    at, inside = 4 + length, {}
    for path, size in listed:
        inside[path] = block[at : at + size]
        at += size
    proofs: Mapping[str, bytes] = {
        p: c for p, c in made.files.items() if p.startswith(("proof/", "frames/")) and "index" not in p
    }
    assert {p: c for p, c in inside.items() if p != "statement.json"} == proofs
    assert page.build(made.files) == made.files["README.html"]
