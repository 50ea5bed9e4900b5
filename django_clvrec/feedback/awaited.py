"""Feedback for asynchronous views. docs/how-to/compatibility.md"""

from django_clvrec.feedback.recording import record
from django_clvrec.feedback.subjects import subjects_of
from django_clvrec.feedback.tokens import list_token
from django_clvrec.threads import in_thread

arecord = in_thread(record)
asubjects_of = in_thread(subjects_of)
alist_token = in_thread(list_token)
