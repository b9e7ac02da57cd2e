"""Code that may reach the network: time-stamp authorities, and later object stores and remote workers."""
