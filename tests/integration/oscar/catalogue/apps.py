from oscar.apps.catalogue.apps import CatalogueConfig as OscarsConfig


class CatalogueConfig(OscarsConfig):
    """Oscar's catalogue, forked."""

    name = "tests.integration.oscar.catalogue"
