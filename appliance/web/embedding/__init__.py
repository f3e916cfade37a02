"""Apps in other people's pages: what to copy, and what it looks like."""
