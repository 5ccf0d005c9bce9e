"""What `/metrics` says, in Prometheus's text format.

Jobs are counted from the events in the streams when somebody scrapes, so they cost nothing otherwise, and every edge
counts all jobs: take one of them (`max`), not the sum. Requests are the edge's own.
"""

from http_edge.metrics.endpoint import Access, Metrics, route_of

__all__ = ["Access", "Metrics", "route_of"]
