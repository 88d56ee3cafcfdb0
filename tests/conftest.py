"""What all tests share: one thread for tiny networks, and how hypothesis searches.

``HYPOTHESIS_PROFILE=thorough pytest`` looks harder; with ``REQUIRE_ALL_TESTS=1`` a skipped test counts as failed.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: threads of busy cores wait for each other

settings.register_profile(
    "ci",
    derandomize=True,  # the same examples every time: a red test is a change, never chance
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", deadline=None, max_examples=3_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("REQUIRE_ALL_TESTS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here: {report.longrepr[2] if report.longrepr else ''}"
    return report
