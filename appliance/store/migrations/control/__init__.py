"""Migrations of the control process's database: people, sessions, audit."""
