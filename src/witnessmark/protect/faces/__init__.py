"""Find faces, follow them in time, and say where a person must look."""
