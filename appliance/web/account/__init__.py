"""Signing in and out, joining, and everybody's own account."""
