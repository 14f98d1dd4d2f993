"""Facilities, practitioners, pharmacies, licences, and who may practise where and when (Law 15/2023/QH15)."""
