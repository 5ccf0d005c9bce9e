"""The HTTP edge: parses requests, appends submissions, renders projections. It never runs code."""
