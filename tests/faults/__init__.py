import pytest

pytest.register_assert_rewrite("tests.faults.faulty_way", "tests.faults.http_world")  # they assert for several tests
