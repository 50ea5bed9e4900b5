"""Tests of the pure maths."""

from hypothesis import HealthCheck, settings

# how long an example takes says more of the machine than of the code
settings.register_profile("clvrec", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("clvrec")
