# Sources of tables (库表).

## Names
source-name-malformed = '{ $text }' is not the name of a source: 1 to { $most } lower-case letters, digits, '-' and '_', beginning with a letter
table-address-malformed = '{ $text }' is not a table of a source: SOURCE:TABLE, such as housing:public.permits
source-not-declared = the settings of the node declare no source '{ $name }' under [sources]; declared: { $declared }

## Types of columns
column-type-boolean = boolean
column-type-integer = integer
column-type-decimal = decimal number
column-type-float = floating-point number
column-type-text = text
column-type-bytes = bytes
column-type-date = date
column-type-time = time of day
column-type-timestamp = timestamp
column-type-other = other

## Servers of databases
source-password-file-unreadable = the password of the source cannot be read from { $path }: { $cause }
    .remedy = make it a UTF-8 text file that only the account of this program may read
source-password-variable-missing = the environment variable { $name } with the password of the source is not set, or is not UTF-8 text
    .remedy = set it where this program is started, or name a file
source-ca-missing = TLS is required, but no authority is named by which the server could be verified
    .remedy = set ca of the source to a PEM file with the authority of the server's certificate
source-ca-unusable = the authorities in { $path } cannot be used: { $cause }
    .remedy = set ca of the source to a PEM file with the authority of the server's certificate
source-ca-empty = it contains no certificate
source-value-unfit = row { $row } of '{ $table }', column '{ $column }': { $reason }
    .remedy = correct the value, or share a view that leaves it out or converts it
source-value-malformed = the value is not of the type that the server declares
source-value-not-finite = the value is infinite or not a number
source-value-out-of-range = the value is beyond the range of the type
source-value-no-such-day = there is no such day in the calendar (a zero date such as 0000-00-00)
source-value-not-text = the text is not valid UTF-8
source-value-null = the value is missing, though the column is declared NOT NULL
source-value-too-long = the value has more than { $most } bytes

## PostgreSQL
source-kind-postgresql = PostgreSQL database
postgresql-table-name-malformed = '{ $table }' is not the name of a table: SCHEMA.TABLE, such as public.permits
    .remedy = write the name exactly as the list of the source's tables has it, a part with a dot or a quotation mark in quotation marks
postgresql-table-missing = the database '{ $database }' has no table or view '{ $table }'
    .remedy = write the name exactly as the list of the source's tables has it; letters are not folded
postgresql-statement-table-missing = the database '{ $database }' has no such table any more: { $cause }
    .remedy = compare the name with the list of the source's tables; a view may refer to a table that was dropped
postgresql-table-not-readable = the account '{ $user }' may read no column of '{ $table }'
    .remedy = have the owner of the table grant USAGE on its schema and SELECT on the table to the account
postgresql-right-missing = the account '{ $user }' lacks a right: { $cause }
    .remedy = have the owner of the table grant USAGE on its schema and SELECT on the table to the account
postgresql-password-refused = the server refuses the password of the account '{ $user }'
    .remedy = correct the password where the settings of the source say that it is; it is read again at the next connection
postgresql-login-refused = the server refuses the account '{ $user }': { $cause }
    .remedy = check the account, its password and the server's rules of access (pg_hba.conf)
postgresql-database-missing = the server has no database '{ $database }'
    .remedy = correct the name of the database in the settings of the source
postgresql-unreachable = the server { $host }, port { $port }, cannot be reached: { $cause }
    .remedy = check that the server runs, its address and port in the settings of the source, and the firewall between
postgresql-tls-failed = no TLS connection with { $host }: { $cause }
    .remedy = switch TLS on at the server, with a certificate for this name of an authority that ca of the source names
postgresql-connection-lost = the connection with the server was lost: { $cause }
    .remedy = try again; if it happens again, read the log of the server
postgresql-statement-stopped = the server stopped the statement, by its limit of { $seconds } s or by an administrator
    .remedy = raise the limit of statements in the settings of the source, or read the table when the server has less to do
postgresql-table-locked = the table stayed locked by others: { $cause }
    .remedy = try again when the work that locks the table has ended
postgresql-connections-exhausted = the server accepts no more connections: { $cause }
    .remedy = try again later, or have its limit of connections raised
postgresql-shutting-down = the server is starting or shutting down: { $cause }
    .remedy = try again when it is up
postgresql-value-failed = the server cannot compute a value (SQLSTATE { $state }); its log says which one
    .remedy = correct the value, or the view that computes it
postgresql-text-not-convertible = the server cannot convert a text to UTF-8 (SQLSTATE { $state }); its log says which one
    .remedy = correct the text, or share a view that converts it; texts of a database without encoding (SQL_ASCII) must be UTF-8
postgresql-failed = the server reports SQLSTATE { $state }: { $cause }
postgresql-check-server = PostgreSQL { $version }, database '{ $database }', account '{ $user }'
postgresql-check-encoding = the encoding of the database is { $encoding }
postgresql-check-no-encoding = the database does not say in which encoding its texts are ({ $encoding })
    .remedy = texts that are not UTF-8 cannot be read; have the database converted to UTF8, or share a view that converts them
postgresql-check-time-zone = the time zone of the database is { $zone }; timestamps with a zone are read in UTC, others as they are
postgresql-check-encrypted = the connection is encrypted (TLS)
postgresql-check-local = the connection stays on this machine and is not encrypted
postgresql-check-not-encrypted = the connection is not encrypted
    .remedy = switch TLS on at the server, name its authority by ca, and leave out tls = "off"
postgresql-check-superuser = the account '{ $user }' has the rights of a superuser, of its own or by a role
    .remedy = make an account without rights but LOGIN (CREATE ROLE), grant it CONNECT on the database, USAGE on the schemas and SELECT on the tables to share, and name it in the settings of the source
postgresql-check-tables = tables and views that can be read: { $count }
postgresql-check-no-tables = the account '{ $user }' may read no table
    .remedy = have their owner grant it USAGE on the schemas and SELECT on the tables to share (GRANT)
postgresql-check-writable = the account '{ $user }' may change { $count } tables, such as '{ $first }'; it only needs to read them
    .remedy = have their owner revoke INSERT, UPDATE, DELETE and TRUNCATE on them from the account and from PUBLIC (REVOKE)
postgresql-check-creating = the account '{ $user }' may create objects in { $count } schemas, such as '{ $first }'
    .remedy = have their owner revoke CREATE on them from the account and from PUBLIC (REVOKE)

## MySQL and MariaDB
source-kind-mysql = MySQL or MariaDB database
mysql-table-missing = the database '{ $database }' has no table or view '{ $table }'
    .remedy = write the name exactly as the list of the source's tables has it; letters are not folded
mysql-statement-table-missing = the database '{ $database }' has no such table any more: { $cause }
    .remedy = compare the name with the list of the source's tables; a view may refer to a table that was dropped
mysql-table-not-readable = the account '{ $user }' may read no column of '{ $table }'
    .remedy = have SELECT on the table granted to the account (GRANT)
mysql-right-missing = the account '{ $user }' lacks a right: { $cause }
    .remedy = have SELECT on the table granted to the account (GRANT), or EXECUTE on the function that a view calls
mysql-view-invalid = the view cannot be read: { $cause }
    .remedy = have the view corrected, or its definer given the rights that it takes
mysql-login-refused = the server refuses the account '{ $user }' or its password: { $cause }
    .remedy = correct the account, or the password where the settings of the source say that it is; check from which hosts the account may connect, and that it is not locked
mysql-database-refused = the server has no database '{ $database }' that the account '{ $user }' may use
    .remedy = correct the name of the database in the settings of the source, or have SELECT on its tables granted to the account
mysql-unreachable = the server { $host }, port { $port }, cannot be reached: { $cause }
    .remedy = check that the server runs, its address and port in the settings of the source, and the firewall between
mysql-tls-failed = no TLS connection with { $host }: { $cause }
    .remedy = switch TLS on at the server, with a certificate for this name of an authority that ca of the source names
mysql-silent = there was no answer within { $seconds } s
mysql-driver-not-started = a connection with the server cannot be prepared: { $cause }
    .remedy = check the limits of open files and threads of this program
mysql-answer-unexpected = the server answers a question about its tables in an unknown form
    .remedy = check that the server is MySQL from 5.7 or MariaDB from 10.2, not another product with the same protocol
mysql-connection-lost = the connection with the server was lost: { $cause }
    .remedy = try again; if it happens again, read the log of the server
mysql-connection-ended = the server ended the connection, since it shuts down or by an administrator: { $cause }
    .remedy = try again when it is up
mysql-statement-stopped = the server stopped the statement, by its limit of { $seconds } s or by an administrator
    .remedy = raise the limit of statements in the settings of the source, or read the table when the server has less to do
mysql-table-locked = the table stayed locked by others: { $cause }
    .remedy = try again when the work that locks the table has ended
mysql-connections-exhausted = the server accepts no more connections: { $cause }
    .remedy = try again later, or have its limit of connections raised
mysql-failed = the server reports error { $number }: { $cause }
    .remedy = have the storage of the server checked: its disk, and the table (CHECK TABLE)
mysql-statement-failed = the server reports error { $number } (SQLSTATE { $state }), whose text may quote values and is not shown
    .remedy = read the table with a client of the server to see the text; correct the value, or the view that computes it
mysql-row-too-long = a row has more than { $most } bytes
    .remedy = share a view without the columns that are so long
mysql-check-server = server { $version }, database '{ $database }', account '{ $user }'
mysql-check-encoding = the encoding of the database is { $encoding }; texts are read in UTF-8
mysql-check-doubtful-encoding = the encoding of the database is { $encoding }, in which there is no Chinese
    .remedy = look at the first rows of its tables: texts that were stored in another encoding are read wrongly; have the database converted to utf8mb4, or share views that convert them
mysql-check-time-zone = the time zone of the server is { $zone }; values of the type timestamp are read in UTC, those of datetime as they are
mysql-check-encrypted = the connection is encrypted (TLS)
mysql-check-local = the connection stays on this machine and is not encrypted
mysql-check-not-encrypted = the connection is not encrypted
    .remedy = switch TLS on at the server, name its authority by ca, and leave out tls = "off"
mysql-check-tables = tables and views: { $count }
mysql-check-no-tables = the account '{ $user }' has no right on a table of the database
    .remedy = have SELECT on the tables to share granted to it (GRANT)
mysql-check-rights = the account '{ $user }' may do more than read: { $rights }
    .remedy = make an account of its own for the node, grant it SELECT on the tables to share and nothing else, and name it in the settings of the source
mysql-check-reads-all = the account '{ $user }' may read all databases, also the accounts of the server
    .remedy = have SELECT on *.* revoked from it (REVOKE), and SELECT on the tables to share granted
mysql-check-role = the account '{ $user }' has a role, whose rights are not judged
    .remedy = have SELECT on the tables to share granted to the account itself, and the role revoked

## Settings of sources
source-setting-of-other-kind = is not a setting of sources of this kind, which take { $known }
source-password-twice = is given beside password_file; a source takes its password from one of them
    .remedy = remove password_file or password_env

off-peak-malformed = '{ $text }' is not a window of the day: two different times such as 22:00-06:00
    .remedy = write hours and minutes of two digits, 00:00 to 23:59

## Reading of sources
source-kind-sqlite = SQLite database
source-kind-csv = folder of CSV files
source-kind-parquet = folder of Parquet files
table-source-unreadable = { $name } cannot be read: { $cause }
    .remedy = check that it is there, intact, not locked by another program, and readable by the account of the node
source-table-unknown = the source has no table '{ $table }'
source-table-of-two-files = two files are the table '{ $table }': { $first } and { $other }
    .remedy = rename one of them
source-column-unnamed = { $file }: column { $number } has no name
    .remedy = give each column a name
source-columns-too-many = { $file } has more than { $most } columns
    .remedy = check that its first row is a header row; share a wide table in parts
source-column-repeated = { $file }: two columns are named '{ $column }'
    .remedy = give each column a name of its own
source-csv-without-header = { $file } has no header row
    .remedy = write the names of the columns in the first row
source-csv-undecodable = { $file }, line { $line }: is not in { $encoding }
    .remedy = correct the setting 'encoding' of the source, or save the file in that encoding
source-csv-record-length = { $file }, line { $line }: has { $found } fields, the header row { $expected }
    .remedy = correct the row; a comma or line break within a field takes quotation marks around it
source-csv-record-too-long = { $file }, line { $line }: the row is longer than { $most } bytes
    .remedy = close the quotation mark that was opened in this row or before
source-csv-quotation = { $file }, line { $line }: a quotation mark is not closed, or something follows the one that closes the field
    .remedy = close quotation marks at the end of the field, and write one within a field twice
source-value-misfit = table '{ $table }', column '{ $column }', row { $row }: found { $found }, not a value of the type { $expected }
    .remedy = correct the value in the database, or the declared type of the column
sqlite-read-stopped = the database computed for more than { $seconds } s without a row
    .remedy = share a table, or a view that takes less to compute

## Values found
source-found-null = NULL
source-found-integer = an integer
source-found-real = a floating-point number
source-found-text = a text
source-found-no-text = a text that is not in the encoding of the database
source-found-blob = bytes

## Checks of files
source-check-read-only = the database is opened to read only: the node changes nothing in it, whatever the rights of its file
source-check-tables = { $count ->
        [one] 1 table or view
       *[other] { $count } tables and views
    }
source-check-files = { $count ->
        [one] 1 file of a table
       *[other] { $count } files of tables
    }
source-check-empty = there are no tables
    .remedy = check the path in the settings, and that its files have the extension of the kind and are not links to a place outside of the folder
source-check-sqlite-encoding = the database stores texts in { $encoding }
source-check-csv-encoding = the header rows are in { $encoding }; a later row in another encoding is found when it is read
## Calls on sources
work-sources = reading sources of tables
preview-rows-out-of-range = a preview has 1 to { $most } rows, not { $rows }
table-too-wide = the { $columns } columns of { $table } do not fit an answer
    .remedy = share a view with the columns that are needed

## Commands on sources
column-off-peak = measured within
column-measuring-waits = measuring waits until
column-column-type = fitting type
column-comment = comment
column-cut = shortened
column-difference = difference
column-item = item
column-item-type = type of the item
column-max-length = length
column-native-type = type in the source
column-nullable = may be NULL
column-observation = finding
column-row = row
column-table-column = column
column-type = type
column-view = view
severity-information = information
source-reached = the source was reached
sources-none = the settings of the node declare no sources
table-fingerprint = fingerprint of the schema: { $fingerprint }
value-null = (NULL)

## Items and columns
item-difference-missing = no item
item-difference-surplus = no column
item-difference-type = another type
item-difference-length = another length
items-drafted = { $count ->
        [one] 1 item was drafted
       *[other] { $count } items were drafted
    } from { $table }: fill in the other columns of the first row, and import the sheet
items-match = the items of { $code } are the columns of { $table }
items-differ = the items of { $code } differ from the columns of { $table } in { $count ->
        [one] 1 place
       *[other] { $count } places
    }

## Mounted tables
source-column-not-measurable = column '{ $column }' of '{ $table }' has the type { $found }, which cannot be measured
    .remedy = share a view without the column, or one that converts it
source-table-changed-while-read = '{ $table }' changed while it was being read
    .remedy = try again when nobody changes it; put a new file in the place of the old one by renaming it
table-columns-added = columns added ({ $count }): { $columns }
table-columns-removed = columns removed ({ $count }): { $columns }
table-columns-retyped = columns of another type, or that began or ceased to admit NULL ({ $count }): { $columns }
table-columns-reordered = the columns are in another order
mounted-table-changed = the table { $table } has changed since it was mounted: { $changes }
    .remedy = change the table back; or compare its columns with the entry by 'chengji-node catalogue items', and mount it again
mounted-table-named = table { $name }
mounted-table-not-granted = a table is mounted to the entry { $code }, and the grant is of a file
    .remedy = grant again: 'chengji-node request grant' makes a grant of the table; in a change of a grant, name its columns by --columns
mounted-table-not-delivered = a table is mounted to the entry { $code } at its provider in the place of the file that was granted
    .remedy = ask the providing city to amend the grant, then fetch again
mount-file-and-table = a file and a table are named; one source is mounted to an entry
table-name-invalid = the name of the table '{ $name }' cannot be recorded: { $fault }
    .remedy = share a view with another name
table-name-not-plain = the name of the table '{ $name }' cannot be recorded: it has a '/', or is '.' or '..'
    .remedy = share a view with another name
fact-table-mounted = mounted { $code } table { $table }
column-mount-problem = problem
note-item-missing = no item describes the column '{ $column }'
note-item-surplus = the table has no column for the item '{ $item }'
note-item-other-type = the item '{ $item }' is { $item_type }, the column '{ $column }' { $column_type }

## Tables that are granted in part

grant-part-without-table = no table is mounted to the entry { $code }: a file is granted as a whole
    .remedy = leave --columns, --where, --mask and --row-limit out, or mount the table first
grant-terms-too-large = the terms of the grant take { $bytes } bytes, at most { $most } are recorded
    .remedy = name fewer columns or a shorter condition, or share a view of the table that has fewer columns
part-unwritable = cannot write the granted part of a table to { $path }: { $cause }
    .remedy = check that the node may use its data directory, and that its disk has room
part-unreadable = cannot read the granted part of a table again: { $cause }
    .remedy = check the disk of the data directory
disk-full-for-part = the disk of the data directory has { $free } bytes free, of which { $reserve } are kept for the database; { $wanted } bytes of the granted part of a table do not fit
    .remedy = make room on the disk of the providing node, or grant a smaller part
granted-table-changed = the columns of the table behind { $resource } are not those of the grant any more
    .remedy = ask the providing city to amend the grant for the columns as they are now, then fetch again
granted-part-amended = the part of the table that is granted under { $request } was changed while it was being delivered
    .remedy = fetch again
## Received tables
offer-of-table-without-rows = a table is granted, but a content without rows was offered
    .remedy = ask the providing city which version of the program its node runs
offer-of-file-with-rows = a file is granted, but a table was offered
    .remedy = ask the providing city for a grant of the table
offer-beyond-row-limit = { $rows } rows were offered; the grant permits { $most } in one read
delivered-columns-missing = granted columns are missing in the table that was sent ({ $count }): { $columns }
delivered-columns-surplus = the table that was sent has columns that are not granted ({ $count }): { $columns }
delivered-column-repeated = the table that was sent has two columns '{ $column }'
delivered-column-unmasked = the column '{ $column }' that was sent has the type { $found }, which its mask does not result in
delivered-rows-surplus = the table that was sent has more than the offered { $rows } rows
delivered-rows-missing = the table that was sent has { $found } of the offered { $rows } rows
table-stream-incomplete = the table breaks off
table-stream-part-too-large = a part of the table is said to have { $bytes } bytes; at most { $most } are read
table-stream-part-unexpected = the table is no uncompressed stream of Arrow's IPC format: its schema, then rows, then its end
table-stream-type = the column '{ $column }' has the type { $found }, which delivered tables do not have
table-stream-malformed = the table is not well-formed: { $cause }
table-stream-goes-on = { $bytes } bytes follow the end of the table
table-stream-unreadable = the table cannot be read back: { $cause }
table-stream-contradictory = a part of the table contradicts itself

## Formats of received tables
table-column-of-parts = the column '{ $column }' has values of several parts ({ $found }), which a cell of a sheet cannot hold
    .remedy = choose the format parquet or arrow
table-value-unwritable = row { $row }, column '{ $column }': the value is beyond the range of its type
    .remedy = choose the format parquet or arrow
table-not-written = the table cannot be written: { $cause }
    .remedy = name a file that this user may write, on a disk with room; if the format does not have a type, choose another format
workbook-rows-exceeded = a sheet of a workbook has room for { $most } rows of a table; this one has more
    .remedy = choose the format csv
workbook-columns-exceeded = a sheet of a workbook has room for { $most } columns, not for { $columns }
    .remedy = choose the format csv
workbook-text-too-long = row { $row }, column '{ $column }': the text is longer than a cell of a workbook, which holds { $most } characters
    .remedy = choose the format csv
workbook-to-standard-output = a workbook cannot be written to standard output
    .remedy = name a file with --to, or choose the format csv
format-of-file = { $request } is a file, which is handed on as it is; formats are those of tables
    .remedy = fetch it without --table-format
converted-if-changed = a converted table is not compared with what is there, so that --if-changed does not say whether it changed
    .remedy = fetch without --if-changed, or the table as it is, with --table-format arrow
progress-preparing = granted rows read by the provider

## Object stores
bucket-url-malformed = is not the address of a folder in a bucket
    .remedy = write s3://BUCKET/PREFIX, such as s3://housing/tables; the access key has settings of its own
bucket-endpoint-malformed = is not the address of an object store
    .remedy = write scheme, host and port alone, such as https://s3.changsha.example:9000; the access key has settings of its own
bucket-endpoint-not-encrypted = is without encryption, and not on this machine
    .remedy = write https; where the network is one of its own, set tls = "off"
bucket-client-unusable = requests to the bucket { $bucket } cannot be made: { $cause }
    .remedy = check the settings of the source
bucket-ca-unusable = the authorities in { $path } cannot be used: { $cause }
    .remedy = set ca of the source to a PEM file with the authority of the object store's certificate
bucket-ca-empty = it contains no certificate
bucket-unreachable = the object store { $endpoint } does not answer: { $cause }
    .remedy = check that it runs, its address and the authority of its certificate in the settings of the source, and the firewall between
bucket-missing = the object store { $endpoint } has no bucket { $bucket }
    .remedy = correct the url of the source; if the host of the endpoint is that of a bucket, it begins with the bucket's name
bucket-key-refused = the object store refuses the access key for the bucket { $bucket } ({ $answer })
    .remedy = correct user and the secret where the settings of the source say that it is; it is read again at the next call
bucket-clock-refused = the object store { $endpoint } refuses requests because its clock differs from that of this machine
    .remedy = synchronise the clocks of both
bucket-right-missing = the access key has no right to { $object } ({ $answer })
    .remedy = have the owner of the bucket grant the access key s3:ListBucket on the bucket and s3:GetObject on its objects
bucket-failing = the object store { $endpoint } fails or has too much to do ({ $answer })
    .remedy = try again; if it happens again, read the log of the object store
bucket-refused = the object store refuses the request for { $object } ({ $answer })
    .remedy = check region and endpoint in the settings of the source
bucket-answer-malformed = the answer of the object store about { $object } cannot be used: { $cause }
    .remedy = check that the endpoint of the source is an object store that speaks the protocol of S3
bucket-answer-length = it has not the length that was asked for
bucket-objects-too-many = the folder { $folder } has more than { $most } objects directly in it
    .remedy = put the files of the tables below a prefix of their own, and name it in the url of the source
bucket-check-reached = the folder { $folder } in the object store { $endpoint }
bucket-check-encrypted = the connection is encrypted (TLS), and the certificate of the object store is verified
bucket-check-local = the connection stays on this machine, without encryption
bucket-check-not-encrypted = the connection is not encrypted
    .remedy = write https in the endpoint of the source, name the authority of its certificate in ca, and remove tls = "off"
bucket-check-writing = the node only lists and reads; whether the access key could also write is not tried: it needs s3:ListBucket and s3:GetObject alone

## Default scopes of entries
column-default-scope = default scope
default-scope-nothing-said = no part of the table is named
    .remedy = name it by --columns, --where, --mask or --row-limit, or remove the default scope by --none
default-scope-not-found = the entry { $code } has no default scope
default-scope-outdated = the default scope of the entry { $code } is not of the columns that are mounted now
    .remedy = name the part in the grant, or set the default scope again: 'chengji-node catalogue default-scope'
default-scope-not-in-force = of other columns than are mounted: nothing is granted by it until it is set again or removed
fact-default-scope-set = set the default scope of { $code }, { $actor }
fact-default-scope-removed = removed the default scope of { $code }, { $actor }

## Databases over ODBC
source-kind-odbc = database over ODBC
odbc-usage = chengji-odbc is started by a node for each call to a database over ODBC, and takes no arguments
odbc-connection-with-password = has a password, which does not belong in the settings
    .remedy = remove PWD from the connection string, and give the password by password_file or password_env
odbc-program-not-found = the program '{ $program }', which speaks ODBC, is not installed
    .remedy = install chengji-odbc beside the node's program or on the PATH
odbc-program-not-started = the program '{ $program }', which speaks ODBC, does not start: { $cause }
    .remedy = check that the account of the node may execute it
odbc-program-ended = the program that speaks ODBC ended before it had answered ({ $status }): the driver crashed, or needed more memory than it may take
    .remedy = let the driver fetch rows as they are read, by its setting in the connection string (UseDeclareFetch=1 of PostgreSQL, NO_CACHE=1 of MariaDB); if that does not help, use another version of the driver
odbc-manager-missing = the ODBC driver manager, libodbc.so.2, is not installed
    .remedy = install unixODBC, on Debian the package libodbc2
odbc-silent = the database has not answered through its driver within { $seconds } s
    .remedy = check the server, or read it when it is less busy
odbc-answer-unexpected = the program that speaks ODBC answers in an unknown format
    .remedy = install all programs in the same version
odbc-unlimited = the program that speaks ODBC cannot limit its memory: { $cause }
    .remedy = check the resource limits that the node runs under
odbc-driver-missing = the driver of the database cannot be loaded: { $cause }
    .remedy = install the vendor's driver, and declare it in odbcinst.ini under the name that the connection string has, or give the path of its file as Driver in the connection string
odbc-login-refused = the database refuses the account or its password: { $cause }
    .remedy = correct the account, or the password where the settings of the source say that it is
odbc-unreachable = no connection to the database: { $cause }
    .remedy = check that the server is running; check the connection string, the account, and firewalls in between
odbc-text-hidden = error { $number } (SQLSTATE { $state }), whose text contains the password and is not shown
odbc-name-unquotable = the name '{ $table }' cannot be written in a statement, since the database cannot quote names
    .remedy = share a view whose name begins with an ASCII letter and has only ASCII letters, digits and '_'
odbc-statement-stopped = the database stopped the statement, by its limit of { $seconds } s or by an administrator
    .remedy = raise statement_seconds of the source, or read it when the server is less busy
odbc-statement-refused = the database refuses the statement: { $cause }
    .remedy = have the account granted SELECT on the table; a view may refer to something that no longer exists
odbc-connection-lost = the connection to the database was lost: { $cause }
    .remedy = try again; if it happens again, look at the log of the server
odbc-statement-failed = the database reports error { $number } (SQLSTATE { $state }), whose text may quote values and is not shown
    .remedy = look at the log of the server; if a view computes something, correct it
odbc-value-unfit = row { $row } of '{ $table }', column '{ $column }': { $reason }
    .remedy = correct the value, or share a view that converts it or cuts it off; a length that the driver only assumes can be raised in the driver's settings
odbc-check-tested = the database is { $product }, which was tested with Debian's driver
odbc-check-untested = the database reports itself as { $product }, which was not tested over ODBC: compare the first rows with the database
odbc-check-not-judged = the rights of the account, encryption, encoding and time zone are not checked over ODBC: the account should be able to read only the shared tables, and the driver should be set to encrypt
odbc-check-tables = tables and views: { $count }
odbc-check-no-tables = the account has no table or view
    .remedy = have the account granted SELECT on the tables to share; check the setting schema
