"""Which verbs there are, in the order of the rooms, and the module that loads for each.

Only the module of the verb that was asked for is imported; it offers ``arguments(parser)`` and
``run(options) -> Answer``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    room: str
    summary: str
    module: str


VERBS: tuple[Verb, ...] = (
    Verb("demo", "start", "build the worked example end to end", "demo"),
    Verb("doctor", "start", "what this machine can do", "doctor"),
    Verb("new", "the case", "make a sealed case: keys, custody log, catalogue", "new"),
    Verb("key", "the case", "add, remove, rotate or recover keys", "key"),
    Verb("backup", "the case", "an encrypted copy of the catalogue", "backup"),
    Verb("hold", "the case", "block erasure of an item", "hold"),
    Verb("erase", "the case", "destroy an item's content (two people)", "erase"),
    Verb("adopt", "the case", "make this copy of a case the writable one", "adopt"),
    Verb("status", "the case", "where the case stands", "status"),
    Verb("triage", "receive", "look over a disk: headers only, writes nothing", "triage"),
    Verb("source", "receive", "record the source's own sealed statement", "source"),
    Verb("receive", "receive", "take footage in: hash, encrypt, reconcile, receipt", "receive"),
    Verb("items", "receive", "list what is held", "items"),
    Verb("audit", "preserve", "re-hash everything, check log, signatures, time stamps", "audit"),
    Verb("stamp", "preserve", "trusted time, carried by hand or direct", "stamp"),
    Verb("witness", "preserve", "requests to and answers from witnesses, by file", "witness"),
    Verb("handover", "preserve", "an encrypted bag for a named recipient", "handover"),
    Verb("examine", "examine", "examine what is not yet examined", "examine"),
    Verb("inspect", "examine", "examine files without a case; writes nothing", "inspect"),
    Verb("compare", "examine", "which files show the same footage, and which came first", "compare"),
    Verb("findings", "examine", "list findings", "findings"),
    Verb("reference", "examine", "recordings of known origin, to lay files beside", "reference"),
    Verb("claim", "describe", "import claims with their attribution", "tables"),
    Verb("incident", "describe", "import incidents", "tables"),
    Verb("facility", "describe", "import facilities", "tables"),
    Verb("person", "describe", "people of the team; persons in footage by pseudonym", "person"),
    Verb("transcript", "describe", "what is said: import, export, search, recognise", "transcript"),
    Verb("label", "protect", "import what a person who looked says of items", "tables"),
    Verb("consent", "protect", "import what the people seen say to being shown", "tables"),
    Verb("exposure", "protect", "what would give the source away in outgoing words", "exposure"),
    Verb("redact", "protect", "propose what to hide: faces, writing, speech", "redact"),
    Verb("tracks", "protect", "export proposed tracks, import a person's decisions", "tracks"),
    Verb("release", "release", "make the public bundle; refuses while anything blocks it", "release"),
    Verb("approve", "release", "another person looks at a proposed release and signs", "approve"),
    Verb("supplement", "release", "the later proof of a bundle, once its day is closed", "supplement"),
    Verb("report", "release", "the report of an item or the case (HTML, PDF)", "report"),
    Verb("verify", "release", "check a published proof, as a stranger would", "verify"),
    Verb("response", "follow up", "import what authorities did and promised", "tables"),
    Verb("bench", "start", "benchmarks, each with its peer in the same run", "bench"),
)

ROOMS = ("start", "the case", "receive", "preserve", "examine", "describe", "protect", "release", "follow up")


def find(name: str) -> Verb | None:
    return next((verb for verb in VERBS if verb.name == name), None)
