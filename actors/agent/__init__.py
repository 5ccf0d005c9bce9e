"""The agent: PID 1 of a runner container. It runs one untrusted job at a time and proves the runner clean after it.

Standard library only; it shares no code with the rest of the project. README.md describes its protocol.
"""
