"""Comparers read what examiners left of each item and look across items; none is written yet."""
