# Values that fields of a sheet take.
sheet-allowed-formats = { $kinds }; written { $form }
sheet-allowed-terms = one of { $terms }, or in English { $english }
sheet-fill-abstract = content, coverage and start date of the data
sheet-fill-classification = class/section/division/subdivision, such as 1/03/001
sheet-fill-code = classification and serial number, such as 103001/000001; unique in the city
sheet-fill-date = YYYY-MM-DD
sheet-fill-formats = kind[:subtype];…, such as 电子表格:csv;数据库:mysql
sheet-fill-items = name:type(length)[:share class[:condition[:manner]]];…, such as 区划代码:C(6);证件号:C(18):2:仅限核验
sheet-fill-name = at most { $most } characters
sheet-fill-number = a whole number
sheet-fill-open-condition = only where open to the public
sheet-fill-provider-code = the credit code, 18 characters
sheet-fill-related-codes = code;…
sheet-fill-secret = yes for state secrets and work secrets, which never enter the exchange
sheet-fill-security-level = 1 to 4
sheet-fill-share-condition = the scope and other conditions of a conditional resource, the legal basis of one that is not shared
sheet-fill-share-uses = the uses of a conditional resource; required for submission
sheet-fill-share-reason = the reason of a resource that is not shared; required for submission
sheet-fill-assessment = outcome of the assessment; required for submission
sheet-fill-document = number or text of the assessment's document, with its outcome
sheet-fill-consent-document = number of the document by which the department's head consented; may be given with the submission instead
sheet-fill-share-manner = empty for a resource that is not shared
sheet-fill-text = a text
sheet-field-optional = { $field }, optional
sheet-field-required = { $field }, required

# Problems of a row.
sheet-code-became-number = a spreadsheet program turned the code into a number; its last digits are lost
    .remedy = format the column as text and enter the code again
sheet-date-became-number = not a valid date; as a day number it would be { $date }
    .remedy = format the column as a date
sheet-secrecy-unknown = the value is unknown; nothing else of the row was read
    .remedy = use one of: { $terms }
sheet-code-twice = line { $line } already has this code
    .remedy = give each entry a code of its own, or remove one of the two rows; codes with and without '/' are the same
sheet-cell-without-heading = a cell has a value in a column without a heading
    .remedy = give the column a heading, or empty the cell
sheet-row-ragged = the row has { $found } cells, but the header has { $expected }
    .remedy = write a cell for each column, and put quotation marks around a text with a comma, a line break or a quotation mark
sheet-row-ragged-long = the row has { $found } cells, but the header has { $expected }; the row extends to line { $last }
    .remedy = write a cell for each column, and put quotation marks around a text with a comma, a line break or a quotation mark
sheet-item-row-differs = line { $line } describes an item of the same resource, but the value here differs
    .remedy = use the same value in all rows of an entry, or leave it empty in all but the first
sheet-formats-malformed = not in the form of the column; write a ':' or ';' within a name as '\:' or '\;'
    .remedy = write kind[:subtype];…, such as 电子表格:csv;数据库:mysql
sheet-items-malformed = not in the form of the column; write a ':' or ';' within a name as '\:' or '\;'
    .remedy = write name:type(length)[:share class[:condition[:manner]]];…, such as 区划代码:C(6);更新日期:D
sheet-formula-error = the cell has a formula that failed, and no value
    .remedy = correct the formula, or write the value itself
sheet-formula-unsaved = the cell has a formula without a saved value
    .remedy = open the file in Excel or WPS and save it, or write the value itself
sheet-map-field-missing = the field is required but empty
    .remedy = fill it in, or write a default under [{ $field }] in the map
sheet-map-value-unknown = the value is unknown
    .remedy = use one of: { $terms }; or write its meaning under [{ $field }.values] in the map
sheet-map-secrecy-unknown = the value is unknown; nothing else of the row was read
    .remedy = use one of: { $terms }; or write its meaning under [{ $field }.values] in the map
sheet-map-value-invalid = { $problem }
    .remedy = correct the value, or write its meaning under [{ $field }.values] in the map
sheet-pair-without-code = the row has no code
    .remedy = fill it in, or remove the row
sheet-pair-without-file = the row has no file
    .remedy = fill it in, or remove the row

# Problems as they are listed.
sheet-field-in-column = { $field } (column '{ $heading }')
sheet-problem = { $place }: { $message }
sheet-problem-value = { $place } '{ $value }': { $message }
sheet-problem-of-row = dataset { $row }, { $place } '{ $value }': { $message }
sheet-ranges = { $ranges }
sheet-ranges-and-more = { $ranges } and { $left } more

# Sheets of a workbook, and columns of a sheet.
sheet-named = '{ $name }'
sheet-named-hidden = '{ $name }' (hidden)
sheet-no-header = { $file }: no sheet has a header row with the names of the columns
    .remedy = name the columns { $headings }
sheet-no-header-visible = { $file }: no visible sheet has a header row with the names of the columns
    .remedy = name the columns { $headings }, or name one of these sheets with --sheet: { $sheets }
sheet-not-found = { $file } has no sheet '{ $name }'
    .remedy = name one of: { $sheets }
sheet-others-not-read = other sheets were not read: { $sheets }
sheet-read = the sheet { $sheet } was read
sheet-several = { $file }: several sheets have a header and rows: { $sheets }
    .remedy = name the one to read with --sheet, and import one after the other
sheet-several-and-more = { $file }: several sheets have a header and rows: { $sheets } and { $more } more
    .remedy = name the one to read with --sheet, and import one after the other
sheet-column-missing = the column is missing
sheet-column-not-read = the column '{ $heading }' names no field and was not read
sheet-column-of-secrecy = the column may show which rows are secret, but is not read: rename it to { $heading }, name it under [secret] in the map, or remove it from the file
sheet-column-synonym = the column '{ $heading }' was read as { $field }
sheet-columns-of-one-field = columns { $first } and { $second } both mean { $field }; remove or rename one of them
sheet-header-not-separated = { $file }: the header in line { $line } is one cell
    .remedy = separate the cells with commas (,)
sheet-header-wrong = { $file }: the header in line { $line } is wrong
    .remedy = name the columns { $headings }; for another layout, write a map with 'catalogue map FILE'
sheet-heading-unknown = the heading names no field
sheet-pairs-no-header = { $file }: line { $line } is not a header with the required columns
    .remedy = name the columns { $headings }

# Notes on how a file was read.
sheet-titles-passed-over = the header is in row { $line }; the rows above it ({ $rows }) were not read
sheet-header-of-two-rows = the header has two rows; row { $row } names the parts
sheet-header-repeated = lines { $lines } repeat the header and were not read
sheet-item-rows-joined = { $rows ->
        [one] 1 row with a further item was
       *[other] { $rows } rows with further items were
    } joined to the entry above
sheet-groups-passed-over = rows that are one merged cell were read as headings of groups and skipped: { $lines }
sheet-merged-filled = merged cells were filled in { $rows ->
        [one] 1 row
       *[other] { $rows } rows
    }
sheet-remarks-passed-over = rows with nothing but the remarks of a report were not read: { $lines }
sheet-formulas-read = { $count ->
        [one] 1 formula was read
       *[other] { $count } formulas were read
    } with their saved values, the first in row { $row }
sheet-read-as-gb18030 = the file was read as GB18030
sheet-note-counted = { $field }: { $note } ({ $rows ->
        [one] 1 row
       *[other] { $rows } rows, the first in line { $line }
    })
sheet-note-of-row = line { $line }, { $field }: { $note }
sheet-note-blanks = blanks around values were removed
sheet-note-date = dates were rewritten as YYYY-MM-DD
sheet-note-decimals = the decimals of lengths were removed
sheet-note-format-name = names such as csv were read as kind and subtype, 电子表格:csv
sheet-note-full-width = full-width characters were converted
sheet-note-html = HTML was converted to plain text
sheet-note-html-kept = HTML was kept as it is
sheet-note-html-within = HTML was converted to plain text, which contains HTML again and was kept
sheet-note-invisible = invisible characters were removed, which would keep the text from being found; check the rows
sheet-note-line-breaks = line breaks within one line of text were joined
sheet-note-named = names of the table 'terms' were converted to the values of the catalogue
sheet-note-time-of-day = the time of day was removed

# Files that cannot be read, or written.
sheet-file-empty = { $file }: the file is empty
    .remedy = write a header row with the names of the columns, and one row for each entry
sheet-file-without-rows = { $file }: the file has no rows under its header
    .remedy = write one row for each entry under the header
sheet-file-not-found = { $file } cannot be read: { $cause }
    .remedy = check the name and the folder of the file
sheet-file-is-folder = { $file } cannot be read: { $cause }
    .remedy = name a file in the folder
sheet-file-unreadable = { $file } cannot be read: { $cause }
    .remedy = name a file that you may read
sheet-file-damaged = { $file } cannot be read from line { $line } on: { $cause }
    .remedy = get the file again: it may have been cut off
sheet-file-too-large = { $file }: the file is larger than { $most } MB
    .remedy = split the file and import one part after the other
sheet-file-compressed = { $file } is compressed, but does not contain JSON lines
    .remedy = unpack it, and import the file in it
sheet-unpacked-too-large = { $file } has more than { $most } MiB unpacked
    .remedy = split the file and import one part after the other
sheet-too-many-rows = { $file } has more than { $most } rows
    .remedy = split the file and import one part after the other
sheet-too-many-columns = { $file }: row { $row } of '{ $sheet }' has a cell in column { $column }; at most { $most } columns are read
    .remedy = delete the cells to the right of the table
sheet-file-encrypted = { $file } is a workbook that needs a password to open
    .remedy = open it, remove the password (File, Info, Protect Workbook, Encrypt with Password), and save it as .xlsx
sheet-file-of-other-kind = { $file } is { $kind }, not a CSV file in UTF-8 or GB18030
    .remedy = save the sheet as "CSV UTF-8" and import that file
sheet-kind-utf16 = UTF-16 text ("Unicode text")
sheet-kind-xls = an .xls workbook
sheet-kind-zip = an .xlsx workbook or a ZIP archive
sheet-zero-byte = { $file }: line { $line } contains a zero byte, which CSV text must not contain
    .remedy = save the sheet as "CSV UTF-8" and import that file
sheet-undecodable = { $file } has bytes that are not text in { $encoding }, in the lines below
    .remedy = save the sheet as "CSV UTF-8" and import that file
sheet-undecodable-and-more = { $file } has bytes that are not text in { $encoding }, in the lines below and in others
    .remedy = save the sheet as "CSV UTF-8" and import that file
sheet-bytes-undecodable = the bytes { $bytes } are not { $encoding }
sheet-line = line { $line }
sheet-csv-unreadable = { $file } cannot be read as CSV: { $cause }
    .remedy = save the sheet as "CSV UTF-8" and import that file
sheet-quotation-open = { $file }: line { $line }: a quotation mark is opened in this row but never closed
    .remedy = close the quotation mark, or write two ("") for one within the text
sheet-not-a-workbook = { $file } is not a workbook and has no sheet '{ $name }'
    .remedy = leave --sheet out, or name an .xlsx file
sheet-pipe-not-copied = { $file } cannot be copied: { $cause }
    .remedy = save it as a file, and name that file
sheet-not-written = the sheet cannot be written: { $cause }
    .remedy = name a file that this user may write, on a disk with room
sheet-character-not-in-gb18030 = GB18030 has no character { $codepoint }
    .remedy = leave --encoding out to write UTF-8
workbook-damaged = { $file } is not a complete workbook: { $cause }
    .remedy = get the file again: it may have been cut off
workbook-unusable = { $file } cannot be read as a workbook: { $cause }
    .remedy = open it in a spreadsheet program, save it as .xlsx, and try again
workbook-cell-too-long = { $code }: { $field } is longer than a cell of a workbook may be
    .remedy = export as .csv
