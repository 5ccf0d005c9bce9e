"""The headers that every answer has, whoever makes it."""

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""For answers that are no pages; a page brings its own."""
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")
"""Where people use https (PUBLIC_URL): browsers then never try without it."""
