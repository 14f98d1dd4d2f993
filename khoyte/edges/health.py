"""Health of this node: the process, what it needs, and counters without personal data."""

import os
import shutil
import time

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from khoyte.backup import queries as backups
from khoyte.backup.queries import NEVER
from khoyte.foundation.home import folder, home
from khoyte.submissions import queries
from khoyte.units.web import public
from khoyte.warehouse import freshness

# A node that cannot keep another large file should say so before it has to refuse one.
FREE_DISK_BYTES = 256 * 1024 * 1024
WORKER_SILENT_SECONDS = 30


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether database, blob store, workers and lake are well; 503 while one is not."""
    checks = {"database": _database(), "blobs": _blobs()}
    checks["workers"] = checks["database"] and _workers()
    checks["lake"] = checks["database"] and _lake()
    ready = all(checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        return False


def _workers() -> bool:
    try:
        return queries.seconds_since_worker() < WORKER_SILENT_SECONDS
    except DatabaseError:
        return False


def _lake() -> bool:
    try:
        return freshness.is_well()
    except DatabaseError:
        return False


def _blobs() -> bool:
    store = folder("blobs")
    return os.access(store, os.W_OK) and shutil.disk_usage(store).free > FREE_DISK_BYTES


def _backup_lines() -> list[str]:
    """Ages in seconds; what never was has no line: alarm on absence and on a backup older than a day and a
    bit."""
    known = backups.state(home())
    gauges = {
        "khoyte_backup_age_seconds": known.backup_age_s,
        "khoyte_backup_log_waiting_seconds": known.waiting_s,
        "khoyte_drill_age_seconds": known.drill_age_s,
        "khoyte_drill_holds": NEVER if known.last_drill_holds is None else float(known.last_drill_holds),
    }
    known_ones = {name: value for name, value in gauges.items() if value != NEVER}
    pairs = ((f"# TYPE {name} gauge", f"{name} {value:.0f}") for name, value in known_ones.items())
    return [line for pair in pairs for line in pair]


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Counters in Prometheus text form: the queue, workers, backups, time of day. Nothing personal."""
    lines = [
        "# TYPE khoyte_submissions_waiting gauge",
        f"khoyte_submissions_waiting {queries.told_waiting()}",
        "# TYPE khoyte_worker_silent_seconds gauge",
        f"khoyte_worker_silent_seconds {queries.seconds_since_worker():.1f}",
        *_backup_lines(),
        *_lake_metrics(),
        "# TYPE khoyte_time_seconds gauge",
        f"khoyte_time_seconds {time.time():.0f}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _lake_metrics() -> list[str]:
    moment = freshness.as_of()
    if moment is None:
        return []
    age = time.time() - moment.timestamp()
    return ["# TYPE khoyte_lake_age_seconds gauge", f"khoyte_lake_age_seconds {age:.0f}"]
