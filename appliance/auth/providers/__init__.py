"""Accounts that exist elsewhere: OpenID Connect, and GitHub's OAuth."""
