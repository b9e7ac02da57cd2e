"""Footage with a known history of encodings: never encoded, encoded once, twice; what the bench and the suite share."""
