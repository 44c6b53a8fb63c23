"""PDF files that attack their reader, drawn from a seed: one function for each kind of attack."""
