"""Where each of the 34 provinces (Resolution 202/2025/QH15) stands on a map of tiles: code -> column, row.

Neighbours stay neighbours as far as a grid lets them; every province has the same room, so that Hà Nội can be
read like Cà Mau. Names come from the catalogue.
"""

from khoyte.foundation.calendar import today
from khoyte.terminology.pack_files import load_pack

PLACES: dict[str, tuple[int, int]] = {
    "12": (1, 0), "15": (2, 0), "08": (3, 0), "04": (4, 0),
    "11": (0, 1), "14": (1, 1), "25": (2, 1), "19": (3, 1), "20": (4, 1),
    "01": (2, 2), "24": (3, 2), "22": (4, 2),
    "38": (1, 3), "37": (2, 3), "33": (3, 3), "31": (4, 3),
    "40": (1, 4), "42": (2, 4),
    "44": (2, 5), "46": (3, 5),
    "48": (3, 6), "51": (4, 6),
    "52": (4, 7),
    "66": (3, 8), "56": (4, 8),
    "80": (1, 9), "75": (2, 9), "68": (3, 9),
    "91": (0, 10), "82": (1, 10), "79": (2, 10),
    "92": (0, 11), "86": (1, 11),
    "96": (0, 12),
}  # fmt: skip


def names() -> dict[str, str]:
    """Names of the provinces of today by code."""
    release = load_pack().on(today()).catalogue("provinces")
    found = {code: (release.attributes(code) or {}) if release else {} for code in PLACES}
    return {code: str(attributes.get("name_vi") or code) for code, attributes in found.items()}
