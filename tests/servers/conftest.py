"""What the tests against real servers share."""

import pytest
from real_server import Listener


@pytest.fixture
def listener(tmp_path):
    return Listener(tmp_path)
