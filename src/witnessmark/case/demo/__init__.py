"""The worked example: harmless footage, invented facilities, every clip marked DEMONSTRATION."""
