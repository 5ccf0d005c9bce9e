"""Replay: reading all facts of a log in order, without taking part in it, and making state from them again.

Everything here reads past the consumer groups, so a live system notices nothing of it; what writes says so.
"""
