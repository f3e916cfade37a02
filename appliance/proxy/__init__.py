"""Traefik: a pure route model, rendered through the templates in /proxy, written atomically."""
