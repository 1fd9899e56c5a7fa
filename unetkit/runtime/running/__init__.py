"""A run: streams in their loop, what keeps their rate and steadies their masks, what a user changes meanwhile."""
