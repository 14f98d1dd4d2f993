"""`khoyte fault canary`: invented persons and secrets go in by every door; nothing of them may lie outside.

`planting` invents them, `doors` carries each into the system in as many ways as outsiders have, `trouble`
breaks the system meanwhile so that errors arise with them in hand, `searching` looks for them in every
spelling of `spellings` in all that the system leaves behind or tells strangers; `drill` puts it together.
A control group, planted where the search looks, proves that the search finds what is there.
"""
