"""Names and numbers of the case are stopped however they are written; names that everybody uses are not."""

from __future__ import annotations

import pytest

from witnessmark.model.exposure import ExposureRule
from witnessmark.protect.exposure.generic import is_generic
from witnessmark.protect.exposure.secrets import check_secrets

NAME, FOLDER, DIGEST = "an original file name", "the name of a folder", "the digest of a file"
SECRETS = {
    NAME: ["IMG_0417.MOV", "Палата 7 ночь.avi"],
    FOLDER: ["OTB-1_Saratov"],
    DIGEST: ["9f86d081884c7d65"],
}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The file img 0417 shows it.", NAME),
        ("We call it I.M.G-0417.", NAME),
        ("Im\u00adg_04\u200b17 was first.", NAME),
        ("Это «палата7НОЧЬ».", NAME),
        ("It lay in otb 1 saratov.", FOLDER),
        ("Its hash is 9F86-D081 884C 7D65 2F.", DIGEST),
    ],
)
def test_a_name_or_number_is_found_however_it_is_written(text: str, kind: str) -> None:
    """The other side looks for a file's name on its own machines, and knows which one leaked."""
    (hit,) = check_secrets(text, "statement", SECRETS)
    assert (hit.rule, hit.where, hit.why) == (
        ExposureRule.SECRET,
        "statement",
        f"It holds {kind} of the case.",
    )


def test_a_hit_never_repeats_the_secret_and_names_each_sentence_once() -> None:
    """Whoever reads the list of hits may not open names; and twice the same is read once."""
    text = "Nothing here. The file img 0417 lay in otb 1 saratov, img0417. Nothing there."
    hits = check_secrets(text, "caption", SECRETS)
    assert [hit.why for hit in hits] == [f"It holds {NAME} of the case.", f"It holds {FOLDER} of the case."]
    assert {hit.fragment for hit in hits} == {"The file img 0417 lay in otb 1 saratov, img0417."}
    assert not any("0417" in hit.why or "Saratov" in hit.why for hit in hits)


@pytest.mark.parametrize("text", ["Three men stand in a ward.", "Image 417 of a row.", "It was 2020.", ""])
def test_other_words_are_left_alone(text: str) -> None:
    """A check that stops every sentence is switched off in a week."""
    assert check_secrets(text, "statement", SECRETS) == ()


@pytest.mark.parametrize(
    "name",
    [
        *("video.mp4", "Video 1.avi", "VIDEO (2).MP4", "New folder", "New Folder (3)", "Camera 01", "DCIM"),
        *(
            "видео.mp4",
            "Новая папка (2)",
            "відео.mp4",
            "Vidéo 3.mov",
            "Nouveau dossier",
            "copy of film.mkv",
            "cam01",
        ),
    ],
)
def test_a_name_that_everybody_uses_is_no_secret(name: str) -> None:
    """One file called video.mp4 would stop every sentence of every statement."""
    assert is_generic(name)
    text = "The video (film, camera 01) is a copy of a film. Видео, відео, vidéo 3. New folder, новая папка."
    assert check_secrets(text, "statement", {NAME: [name]}) == ()


@pytest.mark.parametrize(
    "name", ["IMG_0417.MOV", "video 20200218.mp4", "ward 7.mp4", "video_saratov.mp4", "DVR 117"]
)
def test_a_name_with_anything_of_its_own_stays_a_secret(name: str) -> None:
    """A serial number or a place behind a default word is what is looked for."""
    assert not is_generic(name)
    assert check_secrets(f"See {name} there.", "statement", {NAME: [name]})


@pytest.mark.parametrize("name", ["1234567.avi", "A7.mp4", "2020"])
def test_what_is_missed_on_purpose(name: str) -> None:
    """docs/exposure.md tells people that short names and numbers are theirs to look for; if that changes, it must."""
    assert check_secrets(f"See {name} there.", "statement", {NAME: [name]}) == ()
