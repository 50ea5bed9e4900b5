"""Write the pages of the reference that are made from the code."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.openapi.settings")
    django.setup()
    from docs.from_code.pages import FOLDER, PAGES

    for name, made in PAGES.items():
        (FOLDER / name).write_text(made())
