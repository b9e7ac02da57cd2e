"""How alike a lossy video and the opened sketches are, tile by tile: the same rule for the page and for `verify`."""
