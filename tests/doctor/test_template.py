"""Findings on a page of the admin."""

from django.template.loader import render_to_string

from django_clvrec.doctor import Finding, Severity

TEMPLATE = "admin/clvrec/_findings.html"


def page(*findings):
    return render_to_string(TEMPLATE, {"findings": findings})


def finding(severity=Severity.WARNING, text="It is so.", hint=""):
    return Finding(topic="orders", severity=severity, text=text, hint=hint)


def test_findings_are_a_list_that_says_how_bad_they_are_in_words():
    html = page(finding(), finding(Severity.ERROR))
    assert html.count("<li ") == 2
    assert '<li class="clvrec-finding clvrec-warning">' in html
    assert '<li class="clvrec-finding clvrec-error">' in html
    assert "<strong>warning</strong> – Orders: It is so." in html


def test_the_next_step_is_told_where_there_is_one():
    assert "Next step: Look." in page(finding(hint="Look."))
    assert "Next step" not in page(finding())


def test_no_findings_are_no_list():
    assert page() == "\n"


def test_errors_cannot_write_html():
    assert "<script>" not in page(finding(text="<script>", hint="<script>"))


def test_nothing_is_styled_in_place():
    assert "style" not in page(finding(hint="Look."))
