"""Who is there: accounts, passwords, links that make them, names elsewhere."""
