"""The visitors' side of the relay: HTTP requests from the proxy to shared apps and back."""
