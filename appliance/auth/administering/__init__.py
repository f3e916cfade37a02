"""What may be done about people, tokens and links, by whom it is noted."""
