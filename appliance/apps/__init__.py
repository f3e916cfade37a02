"""Hosting: source -> release -> environment -> instance, on a Docker engine or as processes."""
