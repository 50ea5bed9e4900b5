"""Pictures drawn on the server: SVG without script, style or font of its own.

So they stand under any Content-Security-Policy, take the page's light or dark colours from
`clvrec/back_office.css`, and are whole when they are downloaded. A page shows the numbers in a
table too; a picture is what is seen at a glance.
"""

from django_clvrec.office.charts.bars import bars, shares
from django_clvrec.office.charts.flows import flow
from django_clvrec.office.charts.grids import heat
from django_clvrec.office.charts.lines import curve, strip, whiskers

__all__ = ["bars", "curve", "flow", "heat", "shares", "strip", "whiskers"]
