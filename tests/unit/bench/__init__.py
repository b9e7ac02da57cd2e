"""The benches under test: that they run and give their figures, not how fast anything is."""
