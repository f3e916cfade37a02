"""What browsers carry for us: cookies, forms, and where to go back to."""
