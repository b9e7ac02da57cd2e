"""`just new-examiner NAME KIND`: write what a new method consists of, ready to be filled.

One module, one registry line, one methods page with its line in the index, one test with its negative twin.
The module answers its kind as *not applicable* with a reason until it can do more, so that nothing is silent.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MODULE = '''"""{title}: what it establishes, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.ground.container import Kind
from witnessmark.model.consumer import ByteSource, Need, Product
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample

CARD = MethodCard(
    id="{name}",
    version="0.1.0",
    title="{title}",
    question="What is asked of the file, as a person would ask it?",
    kinds=("{kind}",),
    needs=(),
    applies_to=(MediaType.VIDEO,),
    limits=("Nothing is measured yet.",),
    sources=("none yet",),
    budget=Cost(decode_share=0.0, memory_bytes=0),
)


@dataclass(slots=True)
class {camel}Examination:
    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        return CARD.not_applicable("the method is not written yet")


def examination(kind: Kind) -> {camel}Examination:
    return {camel}Examination()
'''

PAGE = """# {title} (`{name}`)

## Question
## Algorithm, with sources
## Parameters
## Measured
<!-- rates: {name} -->
Not yet measured.
<!-- /rates -->

## Limits
## Innocent causes
## How to attack it
"""

TEST = '''"""If this fails, the method {name} says less, or more, than its page."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.clips import make_clip
from tests.support.reels import findings_of, marked


def test_every_question_is_answered(tmp_path: Path) -> None:
    """Silence would be taken for "nothing found"."""
    clip = make_clip(tmp_path / "clip.mp4", seconds=2, seed=1)
    assert {{core.kind for core in findings_of(clip.path, "{name}")}} == {{"{kind}"}}


def test_untouched_footage_is_left_alone(tmp_path: Path) -> None:
    """A false alarm on an innocent file would be used against every finding."""
    clip = make_clip(tmp_path / "clip.mp4", seconds=2, seed=2)
    assert list(marked(findings_of(clip.path, "{name}"))) == []
'''


def write_new(path: Path, text: str) -> None:
    if path.exists():
        sys.exit(f"error: {path.relative_to(ROOT)} is there already\nhint: choose another name")
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


def main() -> None:
    if len(sys.argv) != 3 or not re.fullmatch(r"[a-z][a-z_]*", sys.argv[1]):
        sys.exit(
            "error: usage: just new-examiner NAME KIND\nhint: for example: just new-examiner clock clock.series"
        )
    name, kind = sys.argv[1:]
    words = {
        "name": name,
        "kind": kind,
        "title": name.replace("_", " ").capitalize(),
        "camel": "".join(part.capitalize() for part in name.split("_")),
    }
    write_new(ROOT / f"src/witnessmark/examine/examiners/{name}.py", MODULE.format(**words))
    write_new(ROOT / f"docs/methods/{name}.md", PAGE.format(**words))
    write_new(ROOT / f"tests/unit/examine/test_{name}.py", TEST.format(**words))
    registry = ROOT / "src/witnessmark/examine/registry.py"
    registry.write_text(
        registry.read_text().replace('    "synthetic",\n', f'    "{name}",\n    "synthetic",\n', 1)
    )
    index = ROOT / "docs/methods/README.md"
    line = f"| [{name}]({name}.md) | (what it asks) |\n"
    index.write_text(index.read_text().replace("| [bearing]", line + "| [bearing]", 1))
    print(
        "a line each in examine/registry.py and docs/methods/README.md; see CONTRIBUTING.md for what comes next"
    )


if __name__ == "__main__":
    main()
