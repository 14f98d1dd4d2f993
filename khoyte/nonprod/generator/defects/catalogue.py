"""All kinds of defects, in the order of the rules they break."""

from khoyte.nonprod.generator.defects import amounts, contents, documents, structure, times, values

SHARED = values.SHARED
KINDS = (
    *structure.KINDS,
    *values.KINDS,
    *times.KINDS,
    *contents.KINDS,
    *amounts.KINDS,
    *documents.KINDS,
)
