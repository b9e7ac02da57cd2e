"""The vault: sealed objects, keys, recovery, sealed fields."""
