"""What `khoyte doctor` checks of the database; it must be running."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from khoyte.edges.doctor_machine import Check
from khoyte.foundation.language import Text

OLDEST_SERVER = 18


def version(urls: dict[str, str]) -> Check:
    with psycopg.connect(urls["app"]) as connection:
        major = connection.info.server_version // 10000
    return Check(
        "database",
        major >= OLDEST_SERVER,
        Text("PostgreSQL {v}", "PostgreSQL {v}").fill(v=major),
        Text("Nâng cấp lên PostgreSQL {v}.", "Move to PostgreSQL {v}.").fill(v=OLDEST_SERVER),
    )


def durability(urls: dict[str, str]) -> Check:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    with psycopg.connect(urls["app"]) as connection:
        off = [name for name in names if connection.execute(f"SHOW {name}").fetchone() == ("off",)]
    return Check(
        "durability",
        not off,
        Text("Dữ liệu đã tiếp nhận đều được ghi an toàn xuống đĩa", "What is acknowledged is on disk")
        if not off
        else Text(
            "Có thể mất dữ liệu đã tiếp nhận vì các tham số sau đang tắt: {s}",
            "Acknowledged data may be lost: {s}",
        ).fill(s=" ".join(off)),
        Text("Bật lại trên máy chủ PostgreSQL: {s}", "Switch on at the server: {s}").fill(s=" ".join(off)),
    )


def roles(urls: dict[str, str]) -> Check:
    """The web's role and the owner may not pass row-level security, none is superuser (ADR 0004)."""
    with psycopg.connect(urls["app"]) as connection:
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'khoyte\\_%'"
            " AND rolname IN ('khoyte_owner', 'khoyte_app', 'khoyte_worker')"
            " AND (rolsuper OR rolcreaterole OR rolcreatedb OR (rolbypassrls AND rolname <> 'khoyte_worker'))"
        ).fetchall()
    strong = " ".join(name for (name,) in rows)
    return Check(
        "roles",
        not strong,
        Text("Quyền của các vai trò cơ sở dữ liệu đúng quy định", "The roles have no more than they need")
        if not strong
        else Text("Vai trò cơ sở dữ liệu có quyền quá rộng: {r}", "These roles may do too much: {r}").fill(
            r=strong
        ),
        Text(
            "ALTER ROLE … NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
            "ALTER ROLE … NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
        ),
    )


def schema(folder: Path) -> Check:
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--check"],
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "KHOYTE_HOME": str(folder),
            "KHOYTE_DB_ROLE": "app",
            "DJANGO_SETTINGS_MODULE": "khoyte.edges.settings",
        },
    )
    current = done.returncode == 0
    return Check(
        "schema",
        current,
        Text("Cấu trúc cơ sở dữ liệu đã được cập nhật", "The schema is current")
        if current
        else Text("Cấu trúc cơ sở dữ liệu chưa được cập nhật", "The schema is behind the program"),
        Text("Chạy `khoyte up`; lệnh này tự cập nhật.", "Run `khoyte up`; it updates by itself."),
    )


def tenant_walls(urls: dict[str, str]) -> Check:
    """Row-level security that its tables' owner passes by is none."""
    with psycopg.connect(urls["app"]) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity"
            " AND NOT relforcerowsecurity ORDER BY 1"
        ).fetchall()
    open_tables = " ".join(name for (name,) in rows)
    return Check(
        "tenant-walls",
        not open_tables,
        Text(
            "Dữ liệu của các đơn vị được tách biệt trong cơ sở dữ liệu",
            "Units are kept apart in the database",
        )
        if not open_tables
        else Text("Các bảng chưa tách biệt dữ liệu đơn vị: {t}", "Not kept apart: {t}").fill(t=open_tables),
        Text("ALTER TABLE … FORCE ROW LEVEL SECURITY", "ALTER TABLE … FORCE ROW LEVEL SECURITY"),
    )
