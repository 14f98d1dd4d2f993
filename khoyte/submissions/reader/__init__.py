"""Reading record files: hostile-safe, streaming, straight from bytes to columns.

`index_file` passes over a file once and finds its dossiers; `read_batch` reads some of them as columns;
`document` shows one whole visit. No web framework, no database and nothing of one operating system is needed:
intake and `khoyte check` read with the same code on any machine.
"""

from khoyte.submissions.reader.archive import ZipEntry, iter_zip
from khoyte.submissions.reader.batch import Batch, Piece, read_batch, read_pieces
from khoyte.submissions.reader.columns import TableRows
from khoyte.submissions.reader.document import document
from khoyte.submissions.reader.dossiers import DossierRef, Dossiers, PartRef
from khoyte.submissions.reader.errors import UnreadableFile
from khoyte.submissions.reader.findings import StructuralFinding
from khoyte.submissions.reader.index import FileIndex, facility_of, index_file, locate
from khoyte.submissions.reader.limits import LIMITS, Limits

__all__ = [
    "LIMITS",
    "Batch",
    "DossierRef",
    "Dossiers",
    "FileIndex",
    "Limits",
    "PartRef",
    "Piece",
    "StructuralFinding",
    "TableRows",
    "UnreadableFile",
    "ZipEntry",
    "document",
    "facility_of",
    "index_file",
    "iter_zip",
    "locate",
    "read_batch",
    "read_pieces",
]
