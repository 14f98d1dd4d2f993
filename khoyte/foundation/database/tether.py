"""Run a program that ends when the process that started it ends, and as another user where asked.

    python -I -S tether.py PARENT_PID SIGNAL UID:GID|- PROGRAM ARGUMENT...

It replaces itself by the program, which thus is a direct child of the starter. This stands in a program of
its own since code between fork and exec is not safe in a process with threads. Where the kernel cannot send a
signal on the parent's death (macOS), the program simply runs on; whoever starts it next clears up.
"""

import ctypes  # now: after a change of user the interpreter's own files may be out of reach
import os
import resource
import sys

TETHERED = "KHOYTE_TETHERED"
"""Environment variable: process id of the tethered program, for its children that tie themselves to it. One
that only asked who its parent is would not notice that the program died before it asked."""

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, signal_number: int) -> None:
    """Ask the kernel to send this process `signal_number` when the thread that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the starter is gone already")


def become(user: str) -> None:
    """Give up root for "UID:GID"; "-" stays who we are."""
    if user == "-":
        return
    uid, gid = (int(part) for part in user.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def leave_no_core() -> None:
    """A process that crashes must not leave its memory, which holds rows of persons, in a file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str]) -> None:
    parent, signal_number, user, *command = arguments
    os.umask(0o077)
    leave_no_core()
    become(user)
    # After the change of user, which would clear it.
    end_with_parent(int(parent), int(signal_number))
    os.environ[TETHERED] = str(os.getpid())
    os.execv(command[0], command)  # noqa: S606 (no shell is meant)


if __name__ == "__main__":
    main(sys.argv[1:])
