"""The log in Redis."""

from streams.redis.log import RedisLog, open_log

__all__ = ["RedisLog", "open_log"]
