"""Who is signed in, where, and how that comes to one more host or page."""
