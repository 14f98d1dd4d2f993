"""Published limits of receipt (docs/limits.md prints them beside those of the reader)."""

DIRECT_BODY_BYTES = 64 * 2**20
"""Largest body of one request; larger files go in parts through /api/v1/uploads."""

UPLOAD_BYTES = 2 * 2**30
"""Largest file sent in parts."""

UPLOAD_PART_BYTES = 16 * 2**20
"""Largest part of an upload."""

OPEN_UPLOADS = 100
"""Unfinished uploads of one unit at a time."""

UPLOAD_DAYS = 7
"""Days until an unfinished upload is removed."""

FORM_MEMORY_BYTES = 2 * 2**20
"""Files of a form are held in memory up to this much together, beyond that below the blob folder."""

WAIT_SECONDS = 10.0
"""Longest wait for a verdict within the request that sends the file."""

WORKBOOKS_AT_ONCE = 2
"""Reports as XLSX that one web process makes for one unit at a time."""

INLINE_DOSSIERS = 1_000
"""Dossiers shown inside a verdict; the rest is paged."""
