"""Certificates while control runs: what is served, what is ordered, what a person asks for."""
