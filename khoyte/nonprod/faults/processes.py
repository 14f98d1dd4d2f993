"""The processes below `khoyte up`, found by their parents (Linux: read from /proc)."""

from pathlib import Path

KINDS = ("web", "web-worker", "worker", "database", "backend", "supervisor")


def find(up: int, kind: str) -> list[int]:
    """Process ids of a kind: `web` is granian, `web-worker` its children, `worker` judges, `database` is the
    server's first process, `backend` its children, `supervisor` is `khoyte up` itself."""
    if kind == "supervisor":
        return [up] if is_running(up) else []
    of_up = children(up)
    if kind == "web":
        return [pid for pid in of_up if "granian" in command_line(pid)]
    if kind == "web-worker":
        return [pid for web in find(up, "web") for pid in children(web)]
    if kind == "worker":
        return [pid for pid in of_up if command_line(pid).endswith("khoyte worker")]
    if kind == "database":
        return [pid for pid in of_up if "/bin/postgres -D" in command_line(pid)]
    if kind == "backend":
        return [pid for server in find(up, "database") for pid in children(server)]
    raise ValueError(f"no such kind of process: {kind}")


def family(pid: int) -> list[int]:
    """A process and all that stem from it."""
    return [pid, *(other for child in children(pid) for other in family(child))]


def children(parent: int) -> list[int]:
    return [pid for pid, of in _parents().items() if of == parent]


def is_running(pid: int) -> bool:
    """Whether it lives; one that only waits to be reaped does not."""
    return bool(command_line(pid))


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _parents() -> dict[int, int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended while we looked
            parents[int(folder.name)] = int(after_name[1])
    return parents
