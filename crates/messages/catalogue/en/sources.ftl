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

## Settings of sources
source-setting-of-other-kind = is not a setting of sources of this kind, which take { $known }
source-password-twice = is given beside password_file; a source takes its password from one of them
    .remedy = remove password_file or password_env

## Reading of sources
source-kind-sqlite = SQLite database
source-kind-csv = folder of CSV files
source-kind-parquet = folder of Parquet files
source-unreadable = { $name } cannot be read: { $cause }
    .remedy = check that it is there, intact, not locked by another program, and readable by the account of the node
source-table-unknown = the source has no table '{ $table }'
source-table-of-two-files = two files are the table '{ $table }': { $first } and { $other }
    .remedy = rename one of them
source-column-unnamed = { $file }: column { $number } has no name
    .remedy = give each column a name
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
source-value-misfit = table '{ $table }', column '{ $column }', row { $row }: found { $found }, not a value of the type { $expected }
    .remedy = correct the value in the database, or the declared type of the column

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
