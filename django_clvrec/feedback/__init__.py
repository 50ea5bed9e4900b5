"""What became of the lists that were shown: clicked, bought, and counted once.

A list travels with a signed token, a browser reports what came into view and what was clicked,
and purchases are put down to it on the server. docs/how-to/feedback.md
"""

from django_clvrec.feedback.attribution import attribute, attribute_all
from django_clvrec.feedback.awaited import alist_token, arecord, asubjects_of
from django_clvrec.feedback.judging import Ignored
from django_clvrec.feedback.learning import feedback_recorded
from django_clvrec.feedback.recording import Recorded, record
from django_clvrec.feedback.retention import erase, prune_feedback
from django_clvrec.feedback.subjects import Subject, subjects_of
from django_clvrec.feedback.tokens import ShownToken, list_token, read_token, token_for, told

__all__ = [
    "Ignored",
    "Recorded",
    "ShownToken",
    "Subject",
    "alist_token",
    "arecord",
    "asubjects_of",
    "attribute",
    "attribute_all",
    "erase",
    "feedback_recorded",
    "list_token",
    "prune_feedback",
    "read_token",
    "record",
    "subjects_of",
    "token_for",
    "told",
]
