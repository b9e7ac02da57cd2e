"""Plain tables: first column to the left, figures to the right."""

from __future__ import annotations

from collections.abc import Sequence


def cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    texts = [[cell(value) for value in row] for row in rows]
    widths = [max(len(line[k]) for line in [list(heads), *texts]) for k in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        parts = [
            text.ljust(width) if k == 0 else text.rjust(width)
            for k, (text, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line(heads), line(["-" * width for width in widths]), *map(line, texts)])
