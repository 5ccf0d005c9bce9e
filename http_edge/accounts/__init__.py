"""Accounts: who people are, their sessions and API keys. Pure rules <- store <- routes.

The truth is in PostgreSQL (schema `accounts`); Redis only counts attempts.
"""
