"""How the house looks: base layout, style sheet, font, tables, charts and the words on pages.

The only part of the foundation that knows Django. Rooms describe what a page shows (`Table`, `Fact`, `Tag`,
charts) in both languages; templates here turn it into HTML that works without JavaScript and without inline
style or script.
"""
