"""Units: organisations, named accounts, machine tokens, roles and the one policy function.

Who may do what is answered by `units.policy.decide` alone, for pages, API, commands and exports alike.
The second wall is row-level security in PostgreSQL: `units.tenancy` tells the database, transaction by
transaction, which facility or province is speaking.
"""
