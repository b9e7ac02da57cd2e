"""The reference library of writers: what recordings of known origin look like inside, and how near a file comes.

``tokens`` says what is kept of a recording, ``entries`` is the library and its file, ``likelihood`` lays a file
beside it, ``in_use`` holds what a case adds to the shipped library while one file is examined.
"""
