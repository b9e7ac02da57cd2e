"""The jailed attempt, and the strict reading of what comes out of it."""
