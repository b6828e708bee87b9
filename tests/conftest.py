"""Every kernel test runs on every engine, and Hypothesis draws the same examples every time."""

import pytest
from hypothesis import settings

from sim.kernel import ENGINES

settings.register_profile("kouan", deadline=None, derandomize=True)
settings.register_profile("quick", settings.get_profile("kouan"), max_examples=15)
settings.load_profile("kouan")


@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return request.param
