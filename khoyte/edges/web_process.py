"""The web application as a granian worker process loads it.

granian's own workers would outlive a granian that was killed, and, since the port is shared, go on taking
part of the traffic. So each one asks the kernel to end it together with the process that started it.
"""

import os
import signal

from khoyte.foundation.database.tether import TETHERED, end_with_parent

end_with_parent(int(os.environ.get(TETHERED) or os.getppid()), signal.SIGKILL)

from khoyte.edges.logs import hold_back_values  # noqa: E402 - first the tie, then the slow part

hold_back_values()

from khoyte.edges.wsgi import application  # noqa: E402
from khoyte.submissions.pacing import TOLD  # noqa: E402 - only now Django is set up

TOLD.switch_on()

__all__ = ["application"]
