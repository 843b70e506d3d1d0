# Queries in SQL, and the program that runs them.

queries-busy = the node runs as many queries as it may
    .remedy = try again later, or raise `at_once` of the section [query] in the node's settings
query-dialog-broken = the exchange with the program of queries broke off: { $cause }
query-engine-broken = the program of queries failed: { $cause }
query-engine-ended = the query ended the program that ran it ({ $status }): it took more memory or time than a query may
    .remedy = select fewer columns and rows, or raise `memory` of the section [query] in the node's settings
query-engine-not-found = the program of queries '{ $program }' is not installed
    .remedy = install chengji-query-engine beside the node's program, or name its path as `program` of the section [query] in the node's settings
query-engine-not-started = the program of queries '{ $program }' does not start: { $cause }
query-engine-unconfined = the program of queries cannot limit itself: { $cause }
query-engine-usage = chengji-query-engine is started by a node for each query, and takes no arguments
query-failed = the query cannot be computed: { $cause }
query-memory = the query needs more memory than it may take
    .remedy = select fewer columns and rows, or raise `memory` of the section [query] in the node's settings; sorts, groups and joins of larger tables may also use disk space, up to `spill` of that section
query-not-reading = only one statement that reads is a query: SELECT, WITH, VALUES, or EXPLAIN of these
query-not-understood = the query is not understood: { $cause }
query-parameters-misnamed = parameter ${ $number } is missing
    .remedy = number the parameters $1, $2 and so on, or write each as ?
query-parameters-number = the query has { $wanted } parameters, and { $found } values
query-parameters-unbound = the parameters of the query have no values
query-plan-changed = the program of queries wrote other columns than planned
query-plan-too-long = planning the query takes too long
    .remedy = make the statement simpler
query-spill-disk-full = the rows of the query do not fit into memory, and the disk for them has only { $free } bytes free, of which { $reserve } are kept for the database
    .remedy = make room on the disk of the node's data directory, select fewer columns and rows, or raise `memory` of the section [query] in the node's settings
query-spill-unreadable = the rows of the query that did not fit into memory cannot be read from disk: { $cause }
    .remedy = check the disk of the node's data directory
query-spill-unwritable = the rows of the query that do not fit into memory cannot be written to disk: { $cause }
    .remedy = check the disk of the node's data directory
query-spill-used-up = the query needs more than the { $most } bytes of disk space that it may take for rows that do not fit into memory
    .remedy = select fewer columns and rows, or raise `spill` or `memory` of the section [query] in the node's settings
query-table-bare = the table '{ $table }' has no schema in its name
    .remedy = write catalogue.entries, or granted."430200"."206007000001" with the city's code and the entry's code
query-table-changed = a table has other columns by now than when the query was planned
    .remedy = run the query again
query-table-without-rows = the program of queries did not receive a table
query-tables = a query names { $most } tables at most
query-text-too-long = the statement has { $bytes } bytes; { $most } are allowed
query-too-large = the values of the query are too large
query-overtime = the query took more than { $seconds } seconds
    .remedy = select fewer rows, or raise `longest_seconds` of the section [query] in the node's settings

# The command `query`.

progress-query = rows of the query
query-answer-broken = the node's answer to the query cannot be read: { $cause }
query-unreadable = the query cannot be read from standard input: { $cause }
query-without-ticket = the node did not say where the rows of the query are
query-written = { $rows } rows are in { $path }
table-format-without-target = --table-format goes with --to or --query

## Queries of one table that a node hands to another.

table-query-ill-typed = the query of the table compares or computes values of types that do not match
table-query-not-allowed = the query of the table is not encoded as nodes encode them, or contains something that may not be handed over
table-query-too-deep = the expressions of the query of the table are nested more than { $most } levels deep
table-query-too-long = the query of the table is longer than { $most } bytes
table-query-too-many = the query of the table has more than { $most } expressions
table-query-of-another = the query is of a table other than the one granted under { $request }
table-query-of-another-version = the query of the table is of version { $version }; this node computes queries of version { $computed }
    .remedy = query the table again: it is fetched then
grant-of-fetches-only = the grant of { $request } permits fetches of the table only: its use is counted or limited, or the table is delivered by increments
    .remedy = fetch the table, and query what was received
queries-not-computed = this node computes no queries of other cities
    .remedy = fetch the table, and query what was received
too-many-queries = { $count } queries of { $consumer } are already being computed
    .remedy = wait until one of them has finished
query-rows-invalid = the provider answered the query of a table with a stream that is damaged or incomplete
    .remedy = run the query again; if it fails again, ask the providing city
query-rows-too-large = the rows that the provider computed for the query take more than { $most } bytes
    .remedy = select fewer columns and rows, or fetch the table first
query-row-too-large = a row of the query is larger than { $most } bytes
    .remedy = select fewer columns, or only parts of their values
