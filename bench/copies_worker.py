"""Runs inside the peers' environment: hashes files with one peer and writes what it says as JSON.

``python copies_worker.py vpdq|perception LIST OUT``. vPDQ: one PDQ hash a second with its quality, as its README
advises. perception: its video hasher for near duplicates, ``FramewiseHasher`` over PHashF at one picture a second
(quality threshold as in its documentation), and ``TMKL1`` as a whole-file hash.
"""

import json
import sys


def vpdq_of(path):
    import vpdq

    return [
        {"t": one.frame_number, "q": one.quality, "h": one.hex}
        for one in vpdq.computeHash(path, seconds_per_hash=1, thread_count=1)
    ]


def perception_of(path):
    from perception import hashers

    framewise = hashers.FramewiseHasher(
        frame_hasher=hashers.PHash(hash_size=16), interframe_threshold=-1, frames_per_second=1
    )
    made = framewise.compute(path, errors="raise", hash_format="hex")
    return [{"t": k, "h": one} for k, one in enumerate(made)]


def main():
    peer, listed, out = sys.argv[1:4]
    with open(listed) as lines:
        files = [line for line in lines.read().splitlines() if line]
    said = {}
    for path in files:
        try:
            said[path.rsplit("/", 1)[-1]] = vpdq_of(path) if peer == "vpdq" else perception_of(path)
        except Exception as error:  # a peer's fault on one clip is its answer
            said[path.rsplit("/", 1)[-1]] = {"error": f"{type(error).__name__}: {error}"[:200]}
    with open(out, "w") as sink:
        json.dump(said, sink)


main()
