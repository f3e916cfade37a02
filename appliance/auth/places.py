"""Addresses of our own pages that the parts of the front door lead to."""

SIGN_IN, HAND_OVER = "/-/sign-in", "/-/hand-over"
LINK = "/-/link"
"""Followed by the secret of a one-time link."""
