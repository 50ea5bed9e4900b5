"""What plugs well-known shops in."""
