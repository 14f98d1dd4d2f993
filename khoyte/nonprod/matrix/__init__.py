"""The authorisation matrix: who is answered what, cell by cell, against a table that people wrote and read.

`data/expected.csv` says for every route and method which role is served whose records, `data/fields.csv` who
reads which field where. `routes` reads from the program which routes there are, `world` plants unmistakable
words in the records of invented tenants, `asking` puts requests to the whole web application, and `trial`
judges the answers.
`walls` asks the same of PostgreSQL, `filters` takes the application's own filters away one by one.
"""
