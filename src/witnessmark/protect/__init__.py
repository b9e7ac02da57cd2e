"""Protect: the reviewer's shield now; faces, voices and the source-exposure check later."""
