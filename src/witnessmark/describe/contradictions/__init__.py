"""The contradiction table over burned-in clock, container, file names, encoder traces, credentials and claims."""

from witnessmark.describe.contradictions.table import contradiction_table

__all__ = ["contradiction_table"]
