"""What every page and card has in common: the look, and the ways to write figures."""
