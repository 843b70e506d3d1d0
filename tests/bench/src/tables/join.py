"""Runs a query with DuckDB, from the start of Python.

Arguments: the query. Prints the names of its columns and its rows, values separated by commas.
"""

import sys

import duckdb

found = duckdb.sql(sys.argv[1])
for row in [found.columns, *found.fetchall()]:
    print(*row, sep=",")
