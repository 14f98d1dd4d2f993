"""The rules by which claims and check-ins are judged, each declared once (see khoyte.rules)."""
