"""Visits: what happened to whom, where, when. One accepted dossier is one version of one visit.

The exact bytes stay in the raw store (blob or receipt, offset, length); this room holds typed rows of XML1 to
XML5 to find and join. The same MA_LK of one facility is one visit: a resend supersedes, both versions stay.
"""
