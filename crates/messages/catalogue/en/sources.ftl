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
