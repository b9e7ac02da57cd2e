"""The terminal door. Light on import: `--help` must answer before anything heavy is loaded."""

from witnessmark.cli.main import main

__all__ = ["main"]
