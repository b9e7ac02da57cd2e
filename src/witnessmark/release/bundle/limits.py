"""LIMITS.md: what a bundle does not prove, in plain words, made to fit what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from witnessmark.model.redaction import Form, Sound
from witnessmark.release.likeness.tolerance import Tolerance, shipped

if TYPE_CHECKING:
    from witnessmark.release.bundle.contents import Contents, Part

_DEMONSTRATION = """\
> **DEMONSTRATION. NOT EVIDENCE.** This bundle is signed with a key that is published with the program. Anybody can make
> such a bundle of anything.

"""

_START = """\
# What this bundle does not prove

## Before it was received
Nothing here says who made the footage, where, when or why, whether a scene was staged, or whether the file
had been altered before it reached those who publish it. That is what examiners ask; what they found stands
in the statement.

## Who publishes
`verify.py` and `README.html` came with the bundle, and so did every key in it. A forger brings his own.
Without the **fingerprint** of the publisher's log, got by another way (their own pages, a newspaper, the
strip of an earlier video that you trust: its 32 digits are enough), the answer is only "consistent". Anybody
can draw a strip, with any digits: a strip proves nothing about the video above it, this check does. Take
`verify.py` from another place too. The approvals show that different keys signed; that they belong to
different people is the publisher's word.

## That the commitments were honest
The publisher computed the commitments from the file they hold. A court that is given the file and the
opening can compute them again (`witnessmark verify --raw --opening`); a stranger cannot.

## Time
A day in a proof is what the publisher's log says. It is worth as much as the witnesses and time-stamp
authorities that saw the log; check that you know them. The first days of a log are filler by design, so that its
length does not tell since when it exists. "time: pending" means that this release is not in the log yet. When
the *footage* was made is not proven by any of this.

## What any two bundles of one publisher have in common
The log, its keys and their changes (with the day of each){pictured},
and the version of the program that made them. Whoever sees two bundles of one case knows that they belong together.
The signatures show how many keys signed, and so how many people there are at least, if each is one person's.

"""

_WORDS = """\
## Words alone
No picture is shown and no sound is heard. What is proven: the log holds a commitment to a recording, by the
day in the proof, and different keys signed exactly these words. Whether the recording shows what the words
say is **not** proven: only whoever is given the file and its opening can compute the commitment again and look.

"""

_VIDEO = """\
## Between the pictures
About six pictures a second are held to the original by their 8×8 means, tile by tile. What lies between two
of them (a sixth of a second; `verify.py` prints the longest stretch) is not proven, nor is anything under
the boxes, nor colour, nor the strip.

## The video is within tolerance, never identical
A published video is encoded again, and often once more by a messenger. The page compares it with the opened
means and colours each tile green or red. Green means *within tolerance*. {measured} A change that is
smaller, fainter or shorter than that, or that puts into a place what looks like its surroundings, stays
green. In a scene in which nothing moves, a shift in time cannot be seen.

## Proven frames
{frames} Some decoders give slightly different samples on different machines (MPEG-4 part 2, MJPEG, H.263);
the publisher keeps the decoder that was used. That all frames of the recording are shown, or in their
order, is not proven: order and times of the original stay closed to those who do not hold it.

## What the bundle tells about the original
To everybody: its width, height and sample format; in which of a few common ways its colours are written; where
the sixths of its seconds begin; its pictures a second, roughly, by which pictures stand twice or are missing;
by proven frames, where its half seconds and key pictures lie. A video that was not cut shorter on purpose
is shorter than the original by a quarter of a second to two seconds.

To whoever holds the originals, everything: the *scene* is recognised, and no redaction prevents that. If there
are several copies, the opened means fit one of them exactly and tell which copy it was and which of its
pictures are shown, even where no frame is proven. Proven frames carry the samples of the camera itself. The
publisher has decided that this is acceptable here.

"""

_STILLS = """\
## Single pictures
These are single pictures, chosen by those who publish. What came before and after them, and what they left
out, is not shown. Where in the recording they stand, and in which order, is not proven. Two to each second
were sealed sample by sample when the recording was examined; only such pictures are shown here.

## A picture is within tolerance, never identical
{frames} The published picture itself was turned upright, scaled, and written anew. The page compares it with
the means of the proven samples over 8×8 of them, and colours each tile green or red. Green means *within
tolerance*: what is smaller or fainter, or looks like its surroundings, stays green. A copy that is much
smaller than what was published can be red in fine patterns. Of single pictures this was not measured; of
video it was: {measured}

Nothing under the boxes, beside them, or in the strip is compared, nor is colour: look at the proven samples
beside it. A wide range of brightness (HDR) is not mapped to an ordinary screen: such pictures look pale. Some
decoders give slightly different samples on different machines (MPEG-4 part 2, MJPEG, H.263, JPEG); the
publisher keeps the decoder that was used.

## What the bundle tells about the original
To everybody: its width, height and sample format. To whoever holds the originals, everything: the *scene* is
recognised, and no redaction prevents that. If there are several copies, the proven samples fit one of them
exactly and tell which copy it was, and which of its pictures these are. Proven samples are here at the
original's own size, finer than the published picture, and carry the trace of the camera itself. The publisher
has decided that this is acceptable here.

"""

_UNCOMPARED = "That the rest sounds like the original is not compared by any program here."
_SOUND = {
    Sound.NONE: "There is no sound in the video. What could be heard is not shown and not proven.",
    Sound.SILENCE: f"Where somebody speaks the sound is silenced. {_UNCOMPARED}",
    Sound.TONE: f"Where somebody speaks there is a tone. {_UNCOMPARED}",
    Sound.DISGUISE: (
        "Voices are replaced by shaped noise. The words may still be understood, and somebody who knows the\n"
        f"speaker may still recognise them by pace and manner of speaking: not measured. {_UNCOMPARED}"
    ),
}

_END = """\
## Not checked by these programs
Whether a time-stamp authority is one (its certificate's fingerprint is printed: compare it); an
OpenTimestamps proof against a block of its chain; {credentials}`README.html` stands in the signed index,
and cannot check itself: `verify.py` does.
"""
_CREDENTIALS = """\
the content credentials in the side file (other programs
read them and will say "untrusted signer"; messengers strip them). """


def text(contents: Contents) -> bytes:
    """The file for this bundle."""
    seen = [part for part in contents.parts if part.kind in ("video", "picture")]
    shared = ", the number of the case, the key of the content credentials" if seen else ""
    said = [_DEMONSTRATION if contents.is_demonstration else "", _START.format(pictured=shared)]
    for kind, words in (("video", _VIDEO), ("picture", _STILLS)):
        parts = [part for part in seen if part.kind == kind]
        if parts:
            said.append(words.format(measured=measured(shipped()), frames=_frames(parts)))
    if contents.form is Form.STATEMENT:
        said.append(_WORDS)
    heard = [part for part in contents.parts if part.kind in ("video", "sound")]
    if heard:
        choices = dict.fromkeys(_SOUND[part.sound] for part in heard)
        said.append("## Sound\n" + "\n".join(choices) + "\n\n")
    said.append(_END.format(credentials=_CREDENTIALS if seen else ""))
    return "".join(said).encode("utf-8")


def _frames(parts: list[Part]) -> str:
    count = sum(len(part.opened.frames) for part in parts if part.opened)
    if not count:
        return "Nothing is proven sample by sample in this bundle."
    kind = "picture" if all(part.kind == "picture" for part in parts) else "frame"
    shown = f"{kind} is" if count == 1 else f"{kind}s are"
    others = "" if kind == "picture" else "; all others by their means alone"
    return f"{count} {shown} proven sample by sample, outside the boxes{others}."


def measured(tolerance: Tolerance) -> str:
    """The measured rates of the comparison, or that there are none."""
    if not tolerance.measured:
        return "The rates of this comparison have not been measured for this version."
    return " ".join(tolerance.measured)
