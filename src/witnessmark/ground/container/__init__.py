"""Own bounded readers of container structure, in pure Python and without the decoder.

``sniff`` tells what a file is from its first bytes; ``parse`` gives its Tree: layout, declared dates, places,
makes, software and tracks, faults, and bytes that nothing accounts for. Neither raises on hostile content.
"""

from witnessmark.ground.container.parse import PARSED_FORMATS, parse
from witnessmark.ground.container.sniff import HEAD_BYTES, sniff
from witnessmark.ground.container.source import BytesSource
from witnessmark.ground.container.tree import (
    ByteSpan,
    ContainerFault,
    Declared,
    DeclaredPlace,
    DeclaredText,
    DeclaredTime,
    DeclaredTrack,
    Node,
    ParseLimits,
    Tree,
)
from witnessmark.model.kind import Kind

__all__ = [
    "HEAD_BYTES",
    "PARSED_FORMATS",
    "ByteSpan",
    "BytesSource",
    "ContainerFault",
    "Declared",
    "DeclaredPlace",
    "DeclaredText",
    "DeclaredTime",
    "DeclaredTrack",
    "Kind",
    "Node",
    "ParseLimits",
    "Tree",
    "parse",
    "sniff",
]
