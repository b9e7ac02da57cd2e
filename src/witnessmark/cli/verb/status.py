"""`status`: where the case stands, and what is open."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import size
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.standing import standing

    with open_named_case(options) as case:
        state = standing(case)
    lines = [
        f"case          {state['name']}" + ("  (read-only copy; see `adopt`)" if state["read_only"] else ""),
        f"items         {state['items']} ({size(state['bytes'])}), examined {state['examined']}",
        f"set aside     {state['set_aside']}",
        f"to explain    {state['to_explain']} items have findings that must be explained (no sign of manipulation)",
        f"custody log   {state['leaves']} lines, fingerprint {state['fingerprint'][:16]}...",
        f"trusted time  {state['anchored']} anchored, {state['pending']} pending",
        f"statements    {state['claims']} claims, {state['responses']} responses ({state['open_responses']} open)",
    ]
    lines += [f"hold          {what}: {why}" for what, why in state["holds"].items()]
    lines += [f"next          {step}" for step in state["next"]]
    return Answer(state, "\n".join(lines))
