"""One byte changed anywhere in a case: `audit` names the thing that was changed.

The command runs in this process (its `main`), so that many flips can be made; each flip is one random byte of one file
XORed with a random value that is not zero, and is put back afterwards. On PostgreSQL one row is changed by SQL.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bench import results

from tests.corpus.clips import make_clip
from tests.support.rounds import SEED, rounds, seeded, soaking
from tests.support.terminal import PASSPHRASE, Terminal
from witnessmark.case import wiring
from witnessmark.case.auditing import audit
from witnessmark.cli.main import main
from witnessmark.ground.vault.keys import open_keyring

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".soak" / "flips.json"
FLIPS = 10_000
FLIPS_IN_CI = 60
SHARES = {"object": 40, "database": 30, "receipt": 20, "keys": 10}
"""Of a hundred flips, so many in each kind of file."""


@dataclass
class Flipped:
    """A case at rest, and the way to change one byte of it."""

    case: Path
    groups: dict[str, list[Path]] = field(default_factory=dict)
    database: bytes = b""

    @classmethod
    def of(cls, case: Path) -> Flipped:
        groups = {
            "object": sorted((case / "objects").rglob("*.age")),
            "database": [case / "catalogue.db"],
            "receipt": sorted((case / "receipts").iterdir()),
            "keys": [case / "case.json", *sorted(p for p in (case / "keys").rglob("*") if p.is_file())],
        }
        return cls(case, groups, (case / "catalogue.db").read_bytes())

    def rest(self) -> None:
        """The database as it was: an audit writes its own leaf."""
        for suffix in ("-wal", "-shm"):
            (self.case / f"catalogue.db{suffix}").unlink(missing_ok=True)
        (self.case / "catalogue.db").write_bytes(self.database)

    def choose(self, chance: random.Random) -> tuple[str, Path, int, int]:
        group = chance.choices(list(SHARES), list(SHARES.values()))[0]
        path = chance.choice(self.groups[group])
        return group, path, chance.randrange(path.stat().st_size), chance.randrange(1, 256)

    def flip(self, path: Path, at: int, value: int) -> None:
        mode = path.stat().st_mode
        path.chmod(0o600)
        with path.open("r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ value]))
        path.chmod(mode)

    def expected(self, group: str, path: Path) -> tuple[str, ...]:
        """How the place begins that the audit has to name."""
        if group == "object":
            return (f"object {path.name[:16]}",)
        if group == "receipt":
            return (f"receipt {path.name[:8]}",)
        if group == "keys":
            return (
                ("case.json",)
                if path.name == "case.json"
                else (f"keys/{path.relative_to(self.case / 'keys')}",)
            )
        return ("catalogue", "ledger", "checkpoint")


def is_named(said: tuple[int, str, str], places: tuple[str, ...], *, may_refuse: bool) -> str:
    """ "" where the answer is what it should be, else what it was."""
    code, out, err = said
    lines = err.strip().splitlines()
    if may_refuse and not out and code in (1, 2):
        two = len(lines) == 2 and lines[0].startswith("error: ") and lines[1].startswith("hint: ")
        return "" if two and "fault in witnessmark" not in err else f"no two lines: {err!r}"
    try:
        problems = json.loads(out)["problems"]
    except ValueError:
        return f"exit {code}: {err!r} {out[:200]!r}"
    named = [p for p in problems if p["where"].startswith(places)]
    return "" if code == 1 and named and not err else f"exit {code}: {problems} {err!r}"


@pytest.fixture(scope="module")
def flipped(tmp_path_factory: pytest.TempPathFactory) -> Flipped:
    """A case with two people, two vault periods, two receipts, items of several kinds, findings and a checkpoint."""
    folder = tmp_path_factory.mktemp("flips")
    terminal, case, disk = Terminal(folder), folder / "case", folder / "disk"
    disk.mkdir()
    for number in range(2):
        make_clip(disk / f"clip-{number}.mp4", seconds=1, size=(96, 64), seed=number + 1, audio=number == 0)
    (disk / "list.txt").write_text("a list of names that nobody may read\n" * 9)
    (folder / "other").write_text("the other passphrase\n")
    terminal.run("new", case, "--name", "flips", "--shares", folder / "shares")
    terminal.run("receive", case, disk)
    terminal.run("key", "add", case, "second", "--new-passphrase-file", folder / "other")
    terminal.run("key", "rotate", case)
    (disk / "later.bin").write_bytes(random.Random(1).randbytes(200_000))
    terminal.run("receive", case, disk)
    terminal.run("examine", case)
    terminal.run("report", case, "--out", folder / "report.html")
    terminal.run("audit", case)
    return Flipped.of(case)


@pytest.fixture
def quick_keys(flipped: Flipped, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Opens the passphrase once: stretching it takes most of an audit's time, and no flip here touches a key file."""
    monkeypatch.setenv("WITNESSMARK_PASSPHRASE", PASSPHRASE)
    keyring = open_keyring(flipped.case, PASSPHRASE)
    with monkeypatch.context() as patch:
        patch.setattr(wiring, "open_keyring", lambda *_: keyring)
        yield patch


@pytest.mark.timeout(6 * 3600)
def test_one_byte_changed_anywhere_is_named(
    flipped: Flipped, quick_keys: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Bit rot and a quiet hand must both be found, and found where they are: else no audit can be believed."""
    total = rounds(FLIPS, otherwise=FLIPS_IN_CI)
    state: dict[str, Any] = {
        "done": 0,
        "by_group": {},
        "missed": [],
        "seconds": 0.0,
        "commit": results.commit(),
    }
    if soaking() and STATE.exists():
        state = json.loads(STATE.read_text())
    by_group = Counter(state["by_group"])
    seed = seeded("flips").random()
    while state["done"] < total:
        chance = random.Random(f"{seed} {state['done']}")
        began = time.monotonic()
        flipped.rest()
        group, path, at, value = flipped.choose(chance)
        capfd.readouterr()
        flipped.flip(path, at, value)
        try:
            with quick_keys.context() as patch:
                if group == "keys":
                    patch.undo()
                    patch.setenv("WITNESSMARK_PASSPHRASE", PASSPHRASE)
                code = main(["audit", str(flipped.case), "--json"])
        finally:
            flipped.rest() if group == "database" else flipped.flip(path, at, value)
        out, err = capfd.readouterr()
        wrong = is_named((code, out, err), flipped.expected(group, path), may_refuse=group == "keys")
        if wrong:
            state["missed"].append(
                f"{group} {path.relative_to(flipped.case)} byte {at} ^ {value}: {wrong}"[:600]
            )
        by_group[group] += 1
        state |= {"done": state["done"] + 1, "by_group": dict(by_group)}
        state["seconds"] += time.monotonic() - began
        if soaking() and state["done"] % 50 == 0:
            STATE.parent.mkdir(exist_ok=True)
            STATE.write_text(json.dumps(state))
    named = total - len(state["missed"])
    result = {"flips": total, "named": named, **state}
    with capfd.disabled():
        print(f"\nflips: {total}, named: {named} {dict(by_group)}, {state['seconds']:.0f} s")
    if soaking():
        held = results.document("flips", seed=SEED, words=("soak",), begun_at=state["commit"], figures=result)
        results.write("flips", held)
        STATE.unlink(missing_ok=True)
    assert state["missed"] == []
    flipped.rest()
    assert main(["audit", str(flipped.case), "--json"]) == 0


UNGUARDED = {
    "django_migrations": "which tables were made; a wrong row is refused at opening",
    "django_content_type": "Django's own",
    "auth_permission": "Django's own",
}
"""Tables in which a changed value means nothing to the case, and why."""


@pytest.mark.postgres
def test_one_row_changed_in_postgresql_is_named(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The administrator of a database server is not one of us: what he changes must be named, table by table."""
    import psycopg

    terminal, case, disk = Terminal(tmp_path), tmp_path / "case", tmp_path / "disk"
    disk.mkdir()
    make_clip(disk / "clip.mp4", seconds=1, size=(96, 64), seed=1)
    terminal.run("new", case, "--name", "rows", "--shares", tmp_path / "shares", "--database", postgres_url)
    terminal.run("receive", case, disk)
    terminal.run("examine", case)
    terminal.run("report", case, "--out", tmp_path / "report.html")
    terminal.run("stamp", case, "--out", tmp_path / "stamps")
    chance = seeded("rows")
    missed, tried = [], Counter[str]()
    with wiring.open_case(case, PASSPHRASE) as opened, psycopg.connect(postgres_url, autocommit=True) as sql:
        opened.read_only = True  # the audits leave no leaf
        assert audit(opened).problems == ()
        for table, columns in columns_of(sql).items():
            rows = sql.execute(f'SELECT ctid, * FROM "{table}"').fetchall()
            if not rows:
                continue
            for column in columns:
                place = chance.choice(rows)[0]
                (before,) = one(sql.execute(f'SELECT "{column}" FROM "{table}" WHERE ctid = %s', [place]))
                changed = other(before)
                if changed is None:
                    continue
                try:
                    query = f'UPDATE "{table}" SET "{column}" = %s WHERE ctid = %s RETURNING ctid'
                    (now_at,) = one(sql.execute(query, [changed, place]))
                except psycopg.errors.IntegrityError:
                    continue  # the database itself refuses it
                tried[table] += 1
                problems = audit(opened).problems
                if not any(
                    p.where.startswith(("catalogue", "ledger", "checkpoint", "day", "publication", "witness"))
                    for p in problems
                ):
                    missed.append((table, column, problems))
                sql.execute(f'UPDATE "{table}" SET "{column}" = %s WHERE ctid = %s', [before, now_at])
                rows = sql.execute(f'SELECT ctid, * FROM "{table}"').fetchall()
        assert audit(opened).problems == ()
    with capsys.disabled():
        print(f"\nrows changed: {sum(tried.values())} in {len(tried)} tables: {sorted(tried)}")
    assert missed == []
    assert {"ledger_leaf", "ledger_act", "ledger_checkpoint", "item", "finding", "receipt", "seal"} <= set(
        tried
    )


def columns_of(sql: Any) -> dict[str, list[str]]:
    rows = sql.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY 1, 2"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column in rows:
        if table not in UNGUARDED:
            found.setdefault(table, []).append(column)
    return found


def one(cursor: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] = cursor.fetchone()
    return row


def other(value: Any) -> Any:
    """A value of the same type that is not this one; None where there is nothing to change."""
    import datetime as dt

    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case bytes() | memoryview():
            changed = bytearray(value)
            if not changed:
                return b"\x01"
            changed[len(changed) // 2] ^= 1
            return bytes(changed)
        case dt.datetime():
            return value + dt.timedelta(microseconds=1)
        case dt.date():
            return value + dt.timedelta(days=1)
        case str():
            return (value[:-1] + ("x" if value[-1] != "x" else "y")) if value else "x"
    return None
