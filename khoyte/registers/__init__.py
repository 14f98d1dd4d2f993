"""The kernel of a declared register: one declaration gives storage, forms, lists, imports, REST and review.

A register (facilities, practitioners, pharmacies ...) is a `Declaration` (labels, fields, key, rules, ladder)
and a model made from it (`models.register_model`). Nothing official is overwritten: every change is a new
version with the time it was recorded and the day it applies from; what was confirmed stays published until a
later version is confirmed.
"""
