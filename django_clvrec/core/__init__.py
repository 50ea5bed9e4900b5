"""Pure maths on arrays and frames: no Django, no Spark, no settings, no clock."""
