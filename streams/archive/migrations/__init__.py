"""Revisions of the schema `archive`."""
