"""Exit with 0 when the PostgreSQL and the Redis of the two given addresses answer, otherwise say which one does not."""

import sys

import psycopg
import redis

OLDEST = 150000


def main(database: str, address: str) -> str | None:
    """What does not answer, None when both do."""
    server = database.rpartition("/")[0] + "/postgres"
    try:
        with psycopg.connect(server, connect_timeout=3) as connection:
            if connection.info.server_version < OLDEST:
                return "PostgreSQL is older than 15"
    except psycopg.OperationalError as error:
        return f"PostgreSQL does not answer: {type(error).__name__}"
    try:
        redis.Redis.from_url(address, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        return f"Redis does not answer: {type(error).__name__}"
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
