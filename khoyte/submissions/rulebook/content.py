"""V-038 to V-055 but for the licence gate: what a record says of diseases, stay, services and check-in."""

from khoyte.submissions.rulebook import diseases, services, stay

RULES = [*diseases.RULES, *stay.RULES, *services.RULES]
