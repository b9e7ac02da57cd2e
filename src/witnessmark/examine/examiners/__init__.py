"""One module for each method: a card that says what it can tell, and an examination that tells it."""
