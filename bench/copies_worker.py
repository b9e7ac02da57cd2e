"""Runs inside the peers' environment: hashes files with one peer and writes what it says as JSON.

``python copies_worker.py vpdq|framewise|tmk LIST OUT``. vPDQ: one PDQ hash a second with its quality, as its README
advises. perception: ``FramewiseHasher`` over its pHash of 256 bits at one picture a second (*framewise*), and ``TMKL1``
with its own defaults (*tmk*).
"""

import json
import sys


def vpdq_of(path):
    import vpdq

    return [
        {"t": one.frame_number, "q": one.quality, "h": one.hex}
        for one in vpdq.computeHash(path, seconds_per_hash=1, thread_count=1)
    ]


def framewise_of(path):
    from perception import hashers

    hasher = hashers.FramewiseHasher(
        frame_hasher=hashers.PHash(hash_size=16), interframe_threshold=-1, frames_per_second=1
    )
    made = hasher.compute(path, errors="raise", hash_format="vector")
    return [{"t": k, "q": 100, "h": bits_in_hex(one)} for k, one in enumerate(made) if one is not None]


def bits_in_hex(vector):
    number = 0
    for bit in list(vector)[:256]:
        number = number << 1 | int(bool(bit))
    return f"{number:064x}"


def tmk_of(path):
    from perception import hashers

    made = hashers.TMKL1().compute(path, errors="raise", hash_format="vector")
    return [round(float(one), 6) for one in made]


PEERS = {"vpdq": vpdq_of, "framewise": framewise_of, "tmk": tmk_of}


def main():
    peer, listed, out = sys.argv[1:4]
    with open(listed) as lines:
        files = [line for line in lines.read().splitlines() if line]
    said = {}
    for path in files:
        try:
            said[path.rsplit("/", 1)[-1]] = PEERS[peer](path)
        except Exception as error:  # a peer's fault on one clip is its answer
            said[path.rsplit("/", 1)[-1]] = {"error": f"{type(error).__name__}: {error}"[:200]}
    with open(out, "w") as sink:
        json.dump(said, sink)


main()
