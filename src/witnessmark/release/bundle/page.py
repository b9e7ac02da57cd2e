from __future__ import annotations


def build(files):
    return b"<!doctype html>"
