"""The public video: made in one decode, hidden in whole tiles, shown to hold nothing of the raw but what is seen."""
