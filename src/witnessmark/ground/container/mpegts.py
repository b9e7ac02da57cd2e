"""MPEG transport streams, 188 or 192 bytes per packet (ISO/IEC 13818-1 §2.4; AVCHD/Blu-ray arrival times;
ETSI EN 300 468 §5.2.3 for the service description).

Reads the first 12 MiB and the last packet borders: tables, packet identifiers, continuity counters, clock
references. Continuity is counted only where a counter must go on (payload present, no discontinuity flag).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from witnessmark.ground.container import annexb, trailers
from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.sniff_streams import transport_offset
from witnessmark.ground.container.tree import DeclaredTrack

_WALKED_BYTES = 12 << 20
"""About 8 s at 12 Mb/s; 60 000 packets take about a third of a second in pure Python."""
_BLOCK_BYTES = 1 << 20
_ES_BYTES = 96 * 1024
"""Video bytes gathered for camera records and SEI: some pictures' worth."""
_KINDS = {
    0x01: ("video", "mpeg1"), 0x02: ("video", "mpeg2"), 0x1B: ("video", "h264"), 0x24: ("video", "hevc"),
    0x10: ("video", "mpeg4"), 0x03: ("audio", "mp1"), 0x04: ("audio", "mp2"), 0x0F: ("audio", "aac"),
    0x11: ("audio", "latm"), 0x80: ("audio", "lpcm"), 0x81: ("audio", "ac3"), 0x90: ("text", "pgs"),
    0x06: ("data", "private"),
}  # fmt: skip
"""§2.4.4.9, Table 2-34; 0x80 and above as Blu-ray and ATSC use them."""


@dataclass(slots=True)
class _State:
    counters: dict[int, int] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    sections: dict[int, bytes] = field(default_factory=dict)
    pmt_pids: dict[int, int] = field(default_factory=dict)
    clocks: dict[int, list[int]] = field(default_factory=dict)
    video_pid: int | None = None
    video_hevc: bool = False
    es: bytearray = field(default_factory=bytearray)
    done: set[int] = field(default_factory=set)


def walk(builder: TreeBuilder) -> None:
    stride, lead = (192, 4) if builder.format == "m2ts" else (188, 0)
    head = builder.read(0, min(builder.size, 65536))
    start = transport_offset(head, stride, lead, at_start=False)
    if start is None:
        stride, start = 204, transport_offset(head, 204, 0, at_start=False)
    if start is None:
        builder.fault("not_this_format", 0, "no regular sync bytes")
        return
    if start:
        builder.fault("leading_bytes", 0, f"{start} bytes before the first packet")
        builder.node("leading", 0, start)
    builder.counts["stride_bytes"] = stride
    state = _State()
    at, stop = start, min(builder.size, start + _WALKED_BYTES)
    while at + stride <= stop:
        block = builder.read(at, min(_BLOCK_BYTES // stride * stride, stop - at))
        taken = _block(builder, state, block, at, stride, lead)
        if taken < len(block) // stride * stride:
            at = _resync(builder, at + taken, stride, lead)
            if at < 0:
                break
            continue
        at += taken
        if taken == 0:
            break
    if stop < builder.size:
        builder.tally("bytes_not_walked", builder.size - stop)
    _tail(builder, start, stride, lead)
    _summary(builder, state)


def _block(builder: TreeBuilder, state: _State, block: bytes, at: int, stride: int, lead: int) -> int:
    """Packets of one block; returns bytes taken, fewer where sync is lost."""
    position = 0
    while position + stride <= len(block):
        packet = block[position + lead : position + lead + 188]
        if packet[0] != 0x47:
            return position
        _packet(builder, state, packet, at + position)
        position += stride
    return position


def _packet(builder: TreeBuilder, state: _State, packet: bytes, at: int) -> None:
    pid = (packet[1] & 0x1F) << 8 | packet[2]
    state.counts[pid] = state.counts.get(pid, 0) + 1
    if packet[1] & 0x80:
        builder.tally("transport_errors")
    has_payload, has_field = packet[3] & 0x10, packet[3] & 0x20
    body = 4
    fresh = False
    if has_field:
        body = 5 + packet[4]
        if packet[4]:
            fresh = bool(packet[5] & 0x80)
            if packet[5] & 0x10 and packet[4] >= 7:
                base = int.from_bytes(packet[6:10], "big") << 1 | packet[10] >> 7
                extension = (packet[10] & 1) << 8 | packet[11]
                references = state.clocks.setdefault(pid, [])
                if len(references) < 4096:
                    references.append(base * 300 + extension)
    if pid != 0x1FFF and has_payload:
        counter = packet[3] & 15
        before = state.counters.get(pid)
        # §2.4.3.3: the counter goes on by one with each payload; one exact repeat is allowed.
        if before is not None and not fresh and counter not in ((before + 1) & 15, before):
            builder.tally("continuity_breaks")
            if builder.counts["continuity_breaks"] <= 32:
                builder.fault("continuity", at, f"packet id {pid}: counter {before} then {counter}")
        state.counters[pid] = counter
    if not has_payload or body >= 188:
        return
    starts = bool(packet[1] & 0x40)
    payload = packet[body:]
    if pid in (0, 0x11) or pid in state.pmt_pids:
        if pid not in state.done:
            _section(builder, state, pid, payload, starts, at)
    elif pid == state.video_pid and len(state.es) < _ES_BYTES:
        skip = 9 + payload[8] if starts and payload[:3] == b"\x00\x00\x01" and len(payload) > 9 else 0
        state.es += payload[skip:]


def _section(builder: TreeBuilder, state: _State, pid: int, payload: bytes, starts: bool, at: int) -> None:
    """Gather a table section over packets (§2.4.4); only its first version is read."""
    if starts:
        state.sections[pid] = payload[1 + payload[0] :]
    elif pid in state.sections:
        state.sections[pid] += payload
    data = state.sections.get(pid, b"")
    if len(data) < 8:
        return
    length = (data[1] & 15) << 8 | data[2]
    if len(data) < 3 + length or length < 9:
        return
    state.done.add(pid)
    table = data[: 3 + length - 4]
    if pid == 0 and table[0] == 0:
        _pat(builder, state, table, at)
    elif pid == 0x11 and table[0] == 0x42:
        _sdt(builder, table, at)
    elif table[0] == 2:
        _pmt(builder, state, pid, table, at)


def _pat(builder: TreeBuilder, state: _State, table: bytes, at: int) -> None:
    stream_id = int.from_bytes(table[3:5], "big")
    for entry in range(8, len(table) - 3, 4):
        program = int.from_bytes(table[entry : entry + 2], "big")
        pid = int.from_bytes(table[entry + 2 : entry + 4], "big") & 0x1FFF
        if program and len(state.pmt_pids) < 64:
            state.pmt_pids[pid] = program
    fields = tuple((f"pmt_pid{n}", f"0x{pid:x}") for n, pid in enumerate(list(state.pmt_pids)[:4]))
    builder.node("pat", at, len(table), (("transport_stream_id", stream_id), *fields))


def _pmt(builder: TreeBuilder, state: _State, pid: int, table: bytes, at: int) -> None:
    if len(table) < 12:
        return
    clock = int.from_bytes(table[8:10], "big") & 0x1FFF
    info = int.from_bytes(table[10:12], "big") & 0xFFF
    descriptors = _descriptors(table[12 : 12 + info])
    builder.node(
        "pmt", at, len(table),
        (("program", state.pmt_pids[pid]), ("clock_pid", f"0x{clock:x}"), ("descriptors", descriptors)),
    )  # fmt: skip
    entry = 12 + info
    for ordinal in range(64):
        if entry + 5 > len(table):
            return
        kind, codec = _KINDS.get(table[entry], ("data", f"0x{table[entry]:02x}"))
        stream = int.from_bytes(table[entry + 1 : entry + 3], "big") & 0x1FFF
        length = int.from_bytes(table[entry + 3 : entry + 5], "big") & 0xFFF
        builder.node(
            f"pmt/stream[{ordinal}]", at, 5 + length,
            (("type", f"0x{table[entry]:02x}"), ("pid", f"0x{stream:x}"),
             ("descriptors", _descriptors(table[entry + 5 : entry + 5 + length]))),
        )  # fmt: skip
        builder.tracks.append(DeclaredTrack(len(builder.tracks), kind, codec, timescale=90_000))
        if kind == "video" and state.video_pid is None and codec in ("h264", "hevc"):
            state.video_pid, state.video_hevc = stream, codec == "hevc"
        entry += 5 + length


def _sdt(builder: TreeBuilder, table: bytes, at: int) -> None:
    """EN 300 468 §6.2.33: provider and service name of the first service."""
    provider = name = ""
    entry = 11
    length = int.from_bytes(table[entry + 3 : entry + 5], "big") & 0xFFF
    body = table[entry + 5 : entry + 5 + length]
    if len(body) > 4 and body[0] == 0x48:
        first = body[3]
        provider = builder.text(body[4 : 4 + first], "latin-1")
        second = body[4 + first] if len(body) > 4 + first else 0
        name = builder.text(body[5 + first : 5 + first + second], "latin-1")
    builder.say(builder.software, "sdt.service_provider", provider)
    builder.say(builder.texts, "sdt.service_name", name)
    builder.node("sdt", at, len(table), (("provider", provider), ("service", name)))


def _descriptors(data: bytes) -> str:
    tags: list[str] = []
    at = 0
    while at + 2 <= len(data) and len(tags) < 16:
        size = data[at + 1]
        value = data[at + 2 : at + 2 + size]
        tags.append(
            f"0x{data[at]:02x}" + (f":{value.decode('latin-1')}" if data[at] == 5 and value.isalnum() else "")
        )
        at += 2 + size
    return ",".join(tags)


def _resync(builder: TreeBuilder, at: int, stride: int, lead: int) -> int:
    builder.fault("lost_sync", at, "no sync byte where a packet must begin")
    builder.tally("sync_losses")
    if builder.counts["sync_losses"] > 64:
        return -1
    window = builder.read(at + 1, 65536)
    found = transport_offset(window, stride, lead, at_start=False)
    return at + 1 + found if found is not None else -1


def _tail(builder: TreeBuilder, start: int, stride: int, lead: int) -> None:
    """What lies behind the last whole packet: nothing, a cut packet, or something else."""
    rest = (builder.size - start) % stride
    if not rest or builder.counts.get("sync_losses"):
        return
    last = builder.size - rest
    if rest > lead and builder.read(last + lead, 1) == b"\x47":
        builder.fault("truncated", last, f"the last packet has {rest} of {stride} bytes")
    else:
        trailers.name_tail(builder, last)


def _summary(builder: TreeBuilder, state: _State) -> None:
    builder.counts["packets"] = sum(state.counts.values())
    builder.counts["null_packets"] = state.counts.get(0x1FFF, 0)
    pids = ",".join(f"0x{pid:x}" for pid in sorted(state.counts)[:32])
    builder.node("pids", 0, builder.size, (("all", pids),))
    for pid, references in state.clocks.items():
        steps = [later - earlier for earlier, later in itertools.pairwise(references)]
        backward = sum(step < 0 for step in steps)
        if backward:
            builder.tally("clock_steps_back", backward)
        if steps:
            ordered = sorted(steps)
            # 27 MHz ticks; the median is the writer's cadence (§2.7.2 allows up to 100 ms).
            builder.counts[f"clock_median_step_ticks_0x{pid:x}"] = ordered[len(ordered) // 2]
    if state.es:
        annexb.note_units(builder, bytes(state.es), state.video_hevc)
    if not state.pmt_pids:
        builder.fault("no_program", 0, "no program table in the part that was read")
