"""How a file's own times run: spacing of packets, numbering inside the pictures, sound against picture."""
