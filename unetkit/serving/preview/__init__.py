"""The browser preview: a page with the live picture of a run, its controls and its figures."""
