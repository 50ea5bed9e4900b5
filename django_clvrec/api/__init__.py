"""REST endpoints for visitors and for staff."""
