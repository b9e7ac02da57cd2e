"""The jail: what a hostile child may not do, and how each ending is told apart."""
