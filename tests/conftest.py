"""One way to try properties, for the whole suite: time is not measured, machines are shared.

A test says how many examples it wants; that none has a deadline is said here.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
