"""Burned-in time against container time: arithmetic on readings that others made. Reads no file."""
