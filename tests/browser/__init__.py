"""Journeys of people through the pages, in a real headless Chromium, against one running system."""
