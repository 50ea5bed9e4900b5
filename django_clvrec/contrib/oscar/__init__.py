"""django-oscar as a host: put it into INSTALLED_APPS before Oscar's apps.

Nothing of Oscar is imported before Oscar's own apps are loaded. docs/how-to/oscar.md
"""
