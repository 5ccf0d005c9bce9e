"""Revisions of the schema `shares`."""
