"""`new`: make a sealed case."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import passphrase, person_arguments


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("case", type=Path, metavar="CASE", help="folder to make")
    parser.add_argument("--name", required=True, metavar="TEXT", help="what the team calls the case (sealed)")
    parser.add_argument(
        "--seal",
        choices=("sampled", "all"),
        default="sampled",
        help="which frames are sealed tile by tile; `all` cannot be had afterwards",
    )
    parser.add_argument("--database", metavar="URL", help="postgresql://... instead of the embedded database")
    parser.add_argument("--recovery", metavar="AGE1...", help="recovery key made on another machine")
    parser.add_argument(
        "--shares",
        type=Path,
        metavar="DIR",
        help="write the five recovery shares as files there instead of showing them",
    )
    person_arguments(parser)


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.wiring import create_case

    made = create_case(
        options.case,
        options.name,
        passphrase(options, "Passphrase for the new case: ", twice=True),
        pseudonym=options.person or "founder",
        database=options.database,
        seal_every_frame=options.seal == "all",
        recovery_recipient=options.recovery,
    )
    with made.case as case:
        document: dict[str, object] = {
            "case_id": case.case_id,
            "fingerprint": case.ledger.fingerprint,
            "person": case.keyring.person_id,
        }
        lines = [
            f"case made: {options.case}",
            f"fingerprint of its publication log: {case.ledger.fingerprint}",
        ]
    shares = made.shares.shares
    if shares and options.shares is not None:
        options.shares.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number, share in enumerate(shares, 1):
            (options.shares / f"share-{number}.txt").write_text(share + "\n", encoding="utf-8")
        lines.append(
            f"five recovery shares written to {options.shares}: give each to another person, keep none here"
        )
    elif shares:
        document["recovery_shares"] = list(shares)
        lines += [
            "",
            "RECOVERY SHARES. Any three bring the case back when keys are lost. They are shown once and",
            "stored nowhere. Write each on paper, give each to another person:",
            "",
        ]
        lines += [f"  {n}. {share}" for n, share in enumerate(shares, 1)]
    lines += [
        "",
        f"next: witnessmark triage /media/DISK    then: witnessmark receive {options.case} /media/DISK",
    ]
    return Answer(document, "\n".join(lines))
