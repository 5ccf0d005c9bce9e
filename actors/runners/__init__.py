"""Runners: how an executor finds containers, leases them and has jobs run in them."""
