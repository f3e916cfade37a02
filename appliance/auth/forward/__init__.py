"""May this request pass? Asked by Traefik about every request to an app."""
