"""What sound says of its own continuity: stamps, silence, repeats, clicks, background, hum.

Shared by ``examiners/audio.py`` (the questions) and ``sound/reference.py`` (a grid record laid beside the hum).
Every collector is streaming: it keeps a few hundred bytes per second of sound and has a stated upper bound.
"""
