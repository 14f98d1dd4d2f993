"""How large, deep and numerous things in a file may be; published, the same for intake and `khoyte check`.

Each limit lies far above what hospitals send (a month of a central hospital in one file is about 1 GB, one
long stay a few megabytes) and low enough that a file made to exhaust memory or time is refused early.
"""

from dataclasses import dataclass

KIB = 1 << 10
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, counts in pieces."""

    # The whole file. expat counts bytes in a C long, which has 32 bits on Windows.
    file_bytes: int = 2_000_000_000
    # What stands before the root element: declaration, comments. It is read in very small steps.
    prolog_bytes: int = 4 * KIB
    # One tag, comment or instruction. Text does not count: it is read in pieces.
    token_bytes: int = 1 * MIB
    depth: int = 64
    attributes: int = 64
    elements: int = 60_000_000
    # Different names of elements and attributes; expat keeps each for the life of the file.
    names: int = 20_000
    dossiers: int = 250_000
    dossier_bytes: int = 64 * MIB
    parts_per_dossier: int = 64
    # One table after decoding.
    part_bytes: int = 16 * MIB
    # Elements and attributes of one table together (counted as "<" and "=").
    part_markup: int = 600_000
    fields_per_row: int = 400
    zip_entries: int = 2_000
    zip_directory_bytes: int = 4 * MIB
    # Content over packed size. Records in base64 reach about 5, in plain XML 40; deflate ends at 1,032.
    zip_ratio: int = 200


LIMITS = Limits()
