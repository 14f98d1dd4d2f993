"""Warehouse: the lake, a copy of the accepted visits in columns for counting, off the path of intake.

Iceberg tables over Parquet, one per table of visits, by month and province; the catalogue lies in PostgreSQL.
`columns` names one by one what may go in: nothing that points to a person. `filling` appends what was stored
since the last time, `registers_by_day` what registers say, `comparing` proves that lake and visit rows are equal, `tidying` keeps files few,
`commands` are for people. The heavy libraries are loaded inside functions of `tables` alone.
"""
