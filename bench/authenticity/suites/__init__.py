"""One module for each family of attacks and its benign twins; each exposes ``SUITE``."""
