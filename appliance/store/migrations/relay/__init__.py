"""Migrations of the relay's database, in the order of their numbers."""
