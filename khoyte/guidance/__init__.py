"""Guidance: guides with pictures, requests for support, the training province, who was trained in what.

Guides and topics are data. A picture is taken by the same run that finds the page and the control its step
speaks of. A request for support carries where it was asked from, never what stood there. The training
province is made anew under new codes; nothing of it is deleted and nothing counted
(docs/decisions/0028-guidance.md).
"""
