"""Who is gone and who lives: a wrong answer runs a job twice, or never again."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

from witnessmark.ground.jobs import Owner, this_process


def test_this_process_lives() -> None:
    """A supervisor that took itself for dead would take its own jobs away."""
    me = this_process()
    assert (me.process, me.is_gone) == (os.getpid(), False)
    assert Owner.parse(str(me)) == me


def test_an_ended_process_is_gone() -> None:
    """After kill -9 the next run has to take over at once, not after the lease."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    stat = Path(f"/proc/{child.pid}/stat").read_text()
    started = int(stat[stat.rindex(")") + 2 :].split()[19])
    owner = Owner(this_process().host, child.pid, started)
    before = owner.is_gone
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    as_zombie = owner.is_gone
    child.communicate()
    assert (before, as_zombie, owner.is_gone) == (False, True, True)


def test_a_reused_number_is_another_process() -> None:
    """Process numbers come round again: the start time tells them apart."""
    assert dataclasses.replace(this_process(), started_ticks=1).is_gone is True


def test_of_another_host_nothing_is_known() -> None:
    """A process of another machine, or another container, must not be taken for dead by its number."""
    assert Owner("0" * 16, 2**22 + 1, 1).is_gone is False
