"""Hypothesis settings of the whole suite: no deadlines, because machines are shared.

Each test sets its own number of examples.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
