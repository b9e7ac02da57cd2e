"""Where somebody speaks, and what is done to it: silence, a tone, or noise in place of the voice."""
