"""Whether somebody may try, whether he is right, and what is told of it."""
