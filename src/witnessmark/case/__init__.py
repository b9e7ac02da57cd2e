"""The case: what carries the work from room to room and saves what the rooms hand back."""
