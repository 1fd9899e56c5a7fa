"""What a training leaves for people: one page with all that tells whether the run is good."""
