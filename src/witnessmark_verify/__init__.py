"""The stranger's check."""
