"""Documenting abuse so that it stands up."""
