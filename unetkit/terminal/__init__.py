"""What the commands print: results to standard output, progress and notices to standard error."""
