"""What is well and what is not: findings for the terminal, for monitoring and for the admin."""

from django_clvrec.doctor.examination import examine
from django_clvrec.doctor.findings import Finding, Severity

__all__ = ["Finding", "Severity", "examine"]
