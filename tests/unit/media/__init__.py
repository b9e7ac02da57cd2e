"""The one decode: what it hands out, and what it survives."""
