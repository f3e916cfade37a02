"""What somebody proves beside the password: an authenticator app, a passkey, a recovery code."""
