"""Django's database engine for PostgreSQL, cheaper to keep connections with."""
