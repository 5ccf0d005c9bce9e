"""The one exception of these programs."""


class DeployError(Exception):
    """Something is missing or wrong. The message is one line: what, with which value, what to do, where the log is."""
