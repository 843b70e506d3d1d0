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

## Calls on sources
work-sources = reading sources of tables
preview-rows-out-of-range = a preview has 1 to { $most } rows, not { $rows }
table-too-wide = the { $columns } columns of { $table } do not fit an answer
    .remedy = share a view with the columns that are needed

## Commands on sources
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
