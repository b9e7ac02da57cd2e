"""One module per verb: `arguments(parser, name)` and `run(options)`."""
