"""Footage, edits and trials of bench `seal`."""
