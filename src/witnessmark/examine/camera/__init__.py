"""The trace of the sensor: what of a recording's noise stays when the scene changes, and what of it may be compared.

Every sensor element answers light a little more or less than its neighbours (photo-response non-uniformity, PRNU); the
pattern is the sensor's own and multiplies every picture. Shared by ``examiners/camera.py``, which leaves it, and
``comparers/cameras.py``, which compares. Source: Chen, Fridrich, Goljan, Lukas, IEEE TIFS 3(1), 2008.
"""
