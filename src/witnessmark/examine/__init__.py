"""Examine: one question after another to one decode, each with an answer on record."""
