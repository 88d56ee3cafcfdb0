"""What all tests share: one thread for tiny networks, and how hypothesis searches.

``HYPOTHESIS_PROFILE=thorough pytest`` looks harder.
"""

import os

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
