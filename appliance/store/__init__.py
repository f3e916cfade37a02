"""The databases: tables, and the migrations that bring an older file up to them.

Each process owns one database and nobody else opens it: `control` has people, sessions and visits,
`relay` has shares and share keys.
"""
