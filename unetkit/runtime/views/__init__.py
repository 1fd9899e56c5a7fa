"""What becomes of a frame and its mask: one view a file, chosen by name."""
