"""A Redis of a test's own; where there is no redis-server the test is skipped, and `make test` says so."""

import pytest

from tools.redis import NoRedis, private_server


@pytest.fixture
def redis_url():
    try:
        with private_server() as url:
            yield url
    except NoRedis as problem:
        pytest.skip(str(problem))
