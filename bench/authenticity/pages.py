"""Tables for readers, made from the data file: what was found, what alarmed in vain, what that earns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.authenticity.contract import Tier
from bench.authenticity.rates import SHOWING, needed
from witnessmark.examine.context import ANY, Context
from witnessmark.examine.rates import rates
from witnessmark.examine.weights import absence_bound, earned, observed_bound, rounded_down

Row = Mapping[str, Any]
HEAD = (
    "| what was done | files | n | takes | found | 95 % interval | only weak | no answer | frames off: "
    "median | 90 % |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)
EXAMPLE_TAKES = 30
GOAL = 0.01


def method_block(document: Mapping[str, Any], method: str) -> str:
    """What a methods page shows between its markers."""
    kinds = [kind for kind, owner in document["owners"].items() if owner == method]
    parts = [source_line(document, method)]
    attacks = _attacks(document, kinds, Tier.ATTACK)
    if attacks:
        parts.append(HEAD + "".join(map(_attack_line, attacks)))
    alarms = [row for row in document["controls"] if row["kind"] in kinds]
    if alarms:
        parts.append(_alarms(document, kinds) + _note(document, method))
    hidden = _attacks(document, kinds, Tier.ADVERSARY)
    if hidden:
        parts.append(
            "**By somebody who has read our source** (what wins is in [adversary](../adversary.md)):\n\n"
            + HEAD
            + "".join(map(_attack_line, hidden))
        )
    if attacks or alarms:
        parts.append("".join(f"- {line}\n" for kind in kinds for line in _earned(kind)))
    if attacks:
        parts.append(f"By codec, quality and length: [all rows](rates/{method}.md).\n")
    else:
        parts.append("No attack of this kind was measured.\n")
    return "\n".join(parts)


def source_line(document: Mapping[str, Any], method: str) -> str:
    version = document["methods"].get(method, "")
    part = "a seeded tenth of the set; " if document["quick"] else ""
    real = (
        "generated takes and, where *real*, recordings of devices"
        if document["real_media"]
        else "generated takes only"
    )
    return (
        f"`python -m bench authenticity`, {part}seed {document['seed']}, half *{document['half']}* "
        f"(thresholds were chosen with the "
        f"other half), version {version}: {real}. Found = must be explained, within half a second. Each "
        f"take counts once in an "
        f"interval ([weights](weights.md)).\n"
    )


def full_page(document: Mapping[str, Any], method: str) -> str:
    """All rows of one method; empty where nothing was measured."""
    kinds = [kind for kind, owner in document["owners"].items() if owner == method]
    attacks = [row for row in document["attacks"] if row["kind"] in kinds]
    if not attacks:
        return ""
    parts = [
        f"# Measured rates of `{method}`, row by row\n",
        f"Written by `python -m bench authenticity --publish` (seed {document['seed']}, half "
        f"*{document['half']}*). Short is under "
        "15 s, medium under 60 s; low bit rate under 0.05 bits for each pixel, high from 0.20. "
        f"Back to [{method}](../{method}.md).\n",
        HEAD + "".join(map(_attack_line, attacks)),
        "## Rows that findings cite\n",
        "| row | found | missed | no answer | false alarms | on natives | ratio, observed | ratio, not observed |\n"
        "|---|---|---|---|---|---|---|---|\n" + "".join(_kind_lines(document, kinds)),
        "## False alarms\n",
        "| kind | file | source | n | takes | alarms | 95 % interval | only weak | no answer "
        "|\n|---|---|---|---|---|---|---|---|---|\n"
        + "".join(_control_line(row) for row in document["controls"] if row["kind"] in kinds),
    ]
    return "\n".join(parts)


def adversary_block(document: Mapping[str, Any]) -> str:
    """Every attack of the adversary tier, the ones that win first."""
    rows = [r for r in document["attacks"] if r["tier"] == Tier.ADVERSARY and r["codec"] == ANY]
    rows.sort(key=lambda r: (r["found"]["hits"] / r["found"]["n"], r["kind"], r["what"]))
    lines = [
        f"| {_share_word(r)} | {r['what']} | {r['kind']} | {r['source']} | {_of(r['found'])} | "
        f"{_interval(r['found'])} | {r['only_weak']} "
        f"| {r['abstained']} |\n"
        for r in rows
    ]
    head = (
        "| wins | attack | aimed at | source | still found | 95 % interval | only weak | no answer |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    return f"Seed {document['seed']}, half *{document['half']}*.\n\n{head}{''.join(lines)}"


def _share_word(row: Row) -> str:
    share = row["found"]["hits"] / row["found"]["n"]
    return "**yes**" if share < 0.2 else "often" if share < 0.5 else "at times" if share < 0.9 else "no"


def _attacks(document: Mapping[str, Any], kinds: Sequence[str], tier: Tier) -> list[Row]:
    """Rows over all codecs."""
    tiers = (tier,) if tier is Tier.ADVERSARY else SHOWING
    rows = [r for r in document["attacks"] if r["kind"] in kinds and r["tier"] in tiers]
    return [r for r in rows if r["codec"] == ANY]


def _attack_line(row: Row) -> str:
    found = row["found"]
    what = row["what"] + (" (real)" if row["source"] == "real" else "")
    what += " (adversary)" if row["tier"] == Tier.ADVERSARY else ""
    return (
        f"| {what} | {_class(row)} | {found['n']} | {found['takes']} | {found['hits']} | "
        f"{_interval(found)} | {row['only_weak']} "
        f"| {row['abstained']} | {_frames(row['off_median_frames'])} | {_frames(row['off_p90_frames'])} |\n"
    )


def _alarms(document: Mapping[str, Any], kinds: Iterable[str]) -> str:
    lines = ["**False alarms** (must be explained, though the event is absent):\n\n"]
    lines.append(
        "| kind | natives | made controls | all takes | alarmed | 95 % interval |\n|---|---|---|---|---|---|\n"
    )
    where: list[str] = []
    for kind in kinds:
        row = rates().whole(kind)
        if row is None or not row.alarms.n:
            continue
        made = row.alarms.n - row.natives.n
        lines.append(
            f"| {kind} | {row.natives.hits} of {row.natives.n} | {row.alarms.hits - row.natives.hits} of "
            f"{made} | {row.alarms.takes} "
            f"| {row.alarms.hits} | {100 * row.alarms.low:.1f}–{100 * row.alarms.high:.1f} % |\n"
        )
        where += _where(document, kind)
    lines.append(
        f"\n0 of {EXAMPLE_TAKES} only bounds a rate below about 10 % (11.6 % at 95 %, two-sided); for an "
        f"upper limit of 1 % "
        f"{needed(GOAL)} independent takes without an alarm are needed."
    )
    if where:
        lines.append(f" Alarms came from: {'; '.join(where)}.")
    return "".join(lines) + "\n"


def _note(document: Mapping[str, Any], method: str) -> str:
    note = document["notes"].get(method)
    return f"\n{note}\n" if note else ""


def _where(document: Mapping[str, Any], kind: str) -> list[str]:
    return [
        f"{row['what'].removeprefix('benign: ')} ({row['alarms']['hits']} of {row['alarms']['n']}, {kind})"
        for row in document["controls"]
        if row["kind"] == kind and row["alarms"]["hits"]
    ]


def _earned(kind: str) -> list[str]:
    row = rates().whole(kind)
    if row is None or not row.found.n:
        return []
    won = earned(kind, rates())
    why = f" ({won.why_not_more})" if won.why_not_more else ""
    ratio = rounded_down(observed_bound(row).ratio) if row.found.low else "0"
    against = rounded_down(absence_bound(row).ratio)
    return [
        f"`{kind}`: these rates earn grade *{won.grade}*{why}; likelihood ratio over all files at least "
        f"{ratio} where observed, "
        f"{against} against it where not observed."
    ]


def _kind_lines(document: Mapping[str, Any], kinds: Sequence[str]) -> Iterable[str]:
    for held in document["kinds"]:
        if held["kind"] not in kinds:
            continue
        row = rates().rows[held["id"]]
        enough = row.usable
        ratio = rounded_down(observed_bound(row).ratio) if enough else "too few"
        against = rounded_down(absence_bound(row).ratio) if enough else "too few"
        yield (
            f"| {row.id} | {row.found} | {row.missed.hits} | {row.abstained} | {row.alarms} | "
            f"{row.natives.hits} of {row.natives.n} "
            f"| {ratio} | {against} |\n"
        )


def _control_line(row: Row) -> str:
    alarms = row["alarms"]
    return (
        f"| {row['kind']} | {row['what']} | {row['source']} | {alarms['n']} | {alarms['takes']} | "
        f"{alarms['hits']} | {_interval(alarms)} "
        f"| {row['only_weak']} | {row['abstained']} |\n"
    )


def _class(row: Row) -> str:
    return str(Context(row["codec"], row["quality"], row["length"]))


def _of(rate: Row) -> str:
    return f"{rate['hits']} of {rate['n']}"


def _interval(rate: Row) -> str:
    return f"{100 * rate['low']:.0f}–{100 * rate['high']:.0f} %"


def _frames(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
