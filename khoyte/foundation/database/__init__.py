"""The database of an installation: PostgreSQL 18 of our own, or any server named by KHOYTE_DATABASE_URL.

What other rooms use:

- ``database_settings(role)``: Django's DATABASES for a role ("owner", "app", "worker", "admin"); opens
  nothing, so it may be called before a server runs.
- ``database_urls(home)``: connection address per role, as a dict; opens nothing.
- ``with database_running(home) as urls:``: the database is up inside the block; an embedded one is started if
  it is down and stopped again, one that runs already is joined. Raises DatabaseUnavailable (exit status 3).
- ``EmbeddedPostgres(home)``: the supervised server itself: ``start()``, ``stop()``, ``pid``; restarts what
  dies.

Roles: khoyte_owner (migrations; owns database and tables), khoyte_app (web), khoyte_worker; none is superuser
or passes row-level security. What the owner creates in schema public, app and worker may read and write until
a migration says less. Passwords lie in KHOYTE_HOME/secrets/database.json (mode 0600).

The server writes no statements, values or error details to its log: they could hold personal data.
"""

from khoyte.foundation.database.addresses import ROLES, database_settings, database_urls
from khoyte.foundation.database.errors import DatabaseUnavailable
from khoyte.foundation.database.running import database_running
from khoyte.foundation.database.server import EmbeddedPostgres

__all__ = [
    "ROLES",
    "DatabaseUnavailable",
    "EmbeddedPostgres",
    "database_running",
    "database_settings",
    "database_urls",
]
