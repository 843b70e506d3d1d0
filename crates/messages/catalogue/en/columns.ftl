# Titles of columns and fields of tables.

column-problem = problem
column-remedy = remedy
column-severity = severity
column-subject = about
severity-critical = critical
severity-warning = warning
