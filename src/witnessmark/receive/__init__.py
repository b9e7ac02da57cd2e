"""Receive: look over a disk, take footage in, and account for every entry that was met."""
