"""The review desk, the second front door: an empty room so far, nothing here is served yet."""
