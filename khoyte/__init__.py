"""Khoyte (kho dữ liệu y tế): a platform that runs a health-data store, from a laptop to a nation."""

__version__ = "0.1.0"
