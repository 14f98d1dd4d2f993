"""Backup, restore to a moment, and the drill that proves both.

What lies in a backup (the "place": a folder, or any address fsspec reaches):

    installation          which cluster this place belongs to; the first thing written, the first read
    bases/ID/data.NNNNN   the cluster as PostgreSQL's own base backup streams it, cut into pieces
    bases/ID/blobs        list of the raw files the base may refer to
    bases/ID/manifest     what belongs to this base; written last: a base without it does not exist
    wal/SEGMENT           the log after it, segment by segment
    blobs/HH/SHA256       raw files, each once, however many bases there are
    blob-lists/MOMENT     which of them came with the log after a base
    home/MOMENT           the other files of the home (secrets, catalogues, heads of the audit log)

Every piece is sealed by itself (`sealing`) with the backup key, which is kept apart from all of this. Pieces
are bound to their names: one cannot stand for another.

A restore must be physical (docs/decisions/0007): audit entries carry the numbers of their transactions.
"""
