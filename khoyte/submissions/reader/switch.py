"""Whether files may be read the quick way (patterns that must account for every byte) where they allow it.

`KHOYTE_FAST_READER=off` sends everything to the parser: the same answers, slower. For the day when somebody
doubts the quick way; read once, when the process starts.
"""

import os

QUICK_WAY = os.environ.get("KHOYTE_FAST_READER", "on").strip().lower() not in ("off", "0", "no", "false")
