"""How programs show whose they are, and what each may do."""
