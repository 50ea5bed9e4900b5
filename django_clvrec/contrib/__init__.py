"""What fits django-clvrec to other packages; each folder needs the package it is named after."""
