"""Certificates: a local authority, files of one's own, certbot; chosen so that the best serves."""
