"""The trace of the sensor: what is left of a recording, and which recordings share it."""
