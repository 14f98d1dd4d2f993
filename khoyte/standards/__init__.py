"""Message standards as dated layers.

The insurance record (Decision 4750/QĐ-BYT and what amended it) is a base plus one patch per legal instrument;
`standard_on(day)` answers with the tables, fields and code lists in force on that day. Nothing here knows of
a database or of the web.
"""

from khoyte.standards.model import Change, CodeList, FieldSpec, Layer, Standard, TableSpec
from khoyte.standards.resolve import changes, epoch_of, epochs, standard_on
from khoyte.standards.sources import StandardDataError, data_digest, layers

__all__ = [
    "Change",
    "CodeList",
    "FieldSpec",
    "Layer",
    "Standard",
    "StandardDataError",
    "TableSpec",
    "changes",
    "data_digest",
    "epoch_of",
    "epochs",
    "layers",
    "standard_on",
]
