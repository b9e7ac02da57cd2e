"""Keep what was received provably unchanged: audit, trusted time, witnesses, hand-over."""
