"""Runs in the peer's own environment: boxes that deface covers at its defaults, in the pictures it is given.

Standard input: one line of JSON {"pictures": [[number, height, width], ...]}, then their RGB bytes one after the other.
Prints ``BOXES {"number": [[left, top, right, bottom], ...]}``. Its own network, threshold (0.2) and mask scale (1.3).
Pictures are handed over decoded, because its own reader repeats and drops pictures of files with uneven time stamps.
"""

import json
import sys

import numpy
from deface.centerface import CenterFace
from deface.deface import scale_bb

THRESHOLD, MASK_SCALE = 0.2, 1.3


def main() -> None:
    head = json.loads(sys.stdin.buffer.readline())
    network = CenterFace()
    found = {}
    for number, height, width in head["pictures"]:
        data = sys.stdin.buffer.read(height * width * 3)
        picture = numpy.frombuffer(data, numpy.uint8).reshape(height, width, 3)
        faces, _ = network(picture, threshold=THRESHOLD)
        found[number] = [
            [int(v) for v in scale_bb(*(int(v) for v in face[:4]), MASK_SCALE)] for face in faces
        ]
    print("BOXES " + json.dumps(found))


main()
