"""The hook for what learns from feedback."""

from django.dispatch import Signal

feedback_recorded = Signal()
"""Sent with `shown`, a list of ShownList, and `feedback`, a list of Feedback whose `shown_list` is
loaded: what was stored just now, each row once and never again.

It is sent inside the transaction that stores them. So what a receiver writes to the same database
is kept exactly when they are, and an error of a receiver stores nothing: let it be short and do
what can wait with `transaction.on_commit`. Where the database undoes the transaction because of
another, as after a deadlock, all of it is done again and the signal is sent again.
"""
