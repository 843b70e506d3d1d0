### Queries of tables.

## Tables of queries

query-table-unknown = there is no table { $table } that the caller may read
    .remedy = list the tables: names are granted."CITY"."CODE", granted.request."NUMBER", catalogue.entries, catalogue.requests and rate.cities
query-table-too-large = the table takes more than { $most } bytes
    .remedy = search the directory, or list page by page, instead of reading the whole table
query-table-not-made = the rows of a table do not fit its columns
query-table-unwritable = cannot write a table of a query to { $path }: { $cause }
    .remedy = check that the node may use its data directory, and that its disk has room
granted-file-has-no-columns = no table is granted under { $request }
    .remedy = fetch the file instead
rate-answer-incomplete = the coordinator's answer lacks figures of the sharing rate
