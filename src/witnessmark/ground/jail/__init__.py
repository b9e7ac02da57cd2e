"""The sandbox in which anything touches evidence bytes: one locked process per attempt.

``run`` starts a task in a child that locks itself before it imports anything, and says how it ended.
``level`` says what the lock is worth on this machine, by trying what it forbids.
"""

from __future__ import annotations

from witnessmark.ground.jail.frames import ProtocolBroken
from witnessmark.ground.jail.probe import level
from witnessmark.ground.jail.run import run
from witnessmark.ground.jail.terms import Budget, Ended, JailResult, Level
from witnessmark.ground.jail.wire import Blob, Outlet

__all__ = ["Blob", "Budget", "Ended", "JailResult", "Level", "Outlet", "ProtocolBroken", "level", "run"]
