"""`inspect`: examine files without a case; writes nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import DONE, FOUND_WRONG, IN_PART, Answer
from witnessmark.cli.finding_text import NOTE, finding_lines
from witnessmark.cli.progress import bar
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.printable import printable


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--examiner", action="append", metavar="ID", help="only this examiner (may be repeated)"
    )
    parser.add_argument(
        "--reference",
        type=Path,
        metavar="FILE",
        help="references that `reference export` wrote, to lay files beside",
    )
    parser.add_argument(
        "--enf-reference",
        type=Path,
        metavar="FILE",
        help="record of a grid's frequency (CSV, JSON) to lay mains hum beside",
    )
    parser.add_argument(
        "--against", type=Path, metavar="FINDINGS.json", help="hold the result against recorded findings"
    )
    parser.add_argument("--observed", action="store_true", help="show only what was observed")
    parser.add_argument(
        "--accept-unsandboxed", action="store_true", help="go on without a sandbox (dangerous)"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.inspecting import inspect_files, is_failed
    from witnessmark.case.references import from_file

    if options.against is not None:
        return run_again(options)
    total = sum(f.stat().st_size for f in options.files if f.is_file())
    with bar("inspecting", total, in_bytes=True) as step:
        results = inspect_files(
            options.files,
            examiners=options.examiner,
            references=from_file(options.reference) if options.reference else None,
            grid_record=_grid_record(options.enf_reference),
            accept_unsandboxed=options.accept_unsandboxed,
            on_done=lambda count: step(advance=count),
        )
    files = [
        {"path": r.path, "sha256": r.sha256, "findings": [f.to_json() for f in r.findings]} for r in results
    ]
    lines: list[str] = []
    for result in results:
        # A name may hold commands to the terminal, or turn the direction of what is read.
        lines += ["", printable(result.path), f"  SHA-256 {result.sha256}"]
        for finding in result.findings:
            if not options.observed or finding.core.outcome == "observed":
                lines += finding_lines(finding.core)
    lines += ["", NOTE]
    failed = any(is_failed(r) for r in results)
    return Answer({"files": files}, "\n".join(lines).lstrip("\n"), IN_PART if failed else DONE)


def _grid_record(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableInputError("the record of the grid cannot be read", "check the path") from error


def run_again(options: argparse.Namespace) -> Answer:
    from witnessmark.case.rerunning import rerun
    from witnessmark.cli.rerun_text import rerun_document, rerun_lines

    if len(options.files) != 1:
        raise UsageError("--against compares one file", "give one FILE")
    done = rerun(
        options.files[0],
        options.against,
        examiners=options.examiner,
        accept_unsandboxed=options.accept_unsandboxed,
    )
    code = FOUND_WRONG if done.wrong else DONE if done.reproduced else IN_PART
    return Answer({"files": [rerun_document(done)]}, "\n".join(rerun_lines(done)), code)
