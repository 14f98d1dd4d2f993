"""Code systems and administrative units with dated releases, and the reference pack made of them.

`load_pack().on(day)` answers what judging asks: the standard of the day, its code lists, the catalogues in
force. No part of this room needs a database.
"""

from khoyte.terminology.errors import CatalogueRefused, PackDamaged, UnknownCatalogue
from khoyte.terminology.model import CatalogueRelease, ReleaseHeader
from khoyte.terminology.pack import Pack, Reference
from khoyte.terminology.pack_files import build_pack, load_pack

__all__ = [
    "CatalogueRefused",
    "CatalogueRelease",
    "Pack",
    "PackDamaged",
    "Reference",
    "ReleaseHeader",
    "UnknownCatalogue",
    "build_pack",
    "load_pack",
]
