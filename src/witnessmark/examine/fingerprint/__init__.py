"""What a file leaves of its pictures so that others can be laid beside it: small hashes, small thumbnails, times.

``Fingerprinter`` feeds on the one decode and leaves a ``Feature("fingerprint", 1, ...)``; ``read_fingerprint`` reads
it back. Comparing fingerprints is the work of ``examine/comparers``: no file is decoded again for it.
"""

from witnessmark.examine.fingerprint.print import NAME, VERSION, Fingerprint, FingerprintError
from witnessmark.examine.fingerprint.stored import read_fingerprint, write_fingerprint
from witnessmark.examine.fingerprint.taken import Fingerprinter

__all__ = [
    "NAME",
    "VERSION",
    "Fingerprint",
    "FingerprintError",
    "Fingerprinter",
    "read_fingerprint",
    "write_fingerprint",
]
