"""Warehouse: the lake, a copy of the accepted visits in columns for counting, off the path of intake.

Iceberg tables over Parquet, one per table of visits, by month and province; the catalogue lies in PostgreSQL.
`columns` names one by one what may go in: nothing that points to a person. `filling` appends what was
stored since the last time, `registers_by_day` what registers say each day, `comparing` proves that the lake
equals its sources, `tidying` keeps files few. `indicators` are declared questions, `answering` puts them to
an engine (`engines`) within a `budget`. The heavy libraries are loaded inside functions of `tables` and
`engines` alone.
"""
