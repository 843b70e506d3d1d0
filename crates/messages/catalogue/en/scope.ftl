# The part of a table that a grant permits: columns, rows, masks.

## Conditions
condition-refused = condition, line { $line }, character { $character }: { $reason }
    .remedy = compare columns with values by =, <>, <, <=, >, >=, IN (…), BETWEEN … AND …, LIKE 'beginning%' or IS NULL, joined by AND, OR, NOT and parentheses
condition-unsupported = '{ $what }' cannot be part of a condition
condition-unreadable = the text is not closed or not SQL: { $cause }
condition-expected = { $wanted } is expected, not '{ $found }'
condition-ends-early = the condition ends where { $wanted } is expected
    .remedy = complete it, or leave it out to permit all rows
condition-and-or = AND, OR or the end
condition-comparison = a comparison such as =, IN, BETWEEN, LIKE or IS NULL
condition-column = the name of a column
condition-value = a value
condition-text = a text in single quotes
condition-null = nothing is equal to NULL: write IS NULL or IS NOT NULL
condition-no-value = '{ $text }' is no value: texts are in single quotes, and columns are not compared with one another
condition-pattern = '{ $pattern }' is not a beginning followed by one '%' at the end
condition-escape = ESCAPE takes one character other than '%' and '_', not '{ $text }'
condition-value-unfit = the column '{ $column }' ({ $column_type }) is not compared with '{ $value }': { $expected }
condition-expects-boolean = it takes TRUE or FALSE
condition-expects-number = it takes a number of at most 38 digits, such as -12.5
condition-expects-float = it takes a number that a floating-point number is exactly, such as 12, 0.5 or -0.25
condition-expects-text = it takes a text in single quotes
condition-expects-date = it takes DATE 'YYYY-MM-DD'
condition-expects-timestamp = it has no time zone, and takes TIMESTAMP 'YYYY-MM-DD hh:mm:ss'
condition-expects-instant = it has a time zone, and takes TIMESTAMP 'YYYY-MM-DD hh:mm:ss+08:00'
condition-expects-null = it takes IS NULL only
condition-without-order = the values of '{ $column }' have no order: it takes =, <>, IN and IS NULL
condition-of-texts = LIKE takes a text, and '{ $column }' is of the type { $column_type }
condition-too-long = a condition has at most { $most } bytes, not { $bytes }
    .remedy = shorten it, or share a view of the table that has these rows only
condition-too-deep = a condition has at most { $most } parentheses and NOT within one another
    .remedy = leave out those that change nothing

## Scopes
scope-column-unknown = the table has no column '{ $column }'
    .remedy = write it as 'source show' lists it, upper and lower case as there, in double quotes if it is not a word
scope-without-columns = no column is permitted
    .remedy = name one at least
scope-schema-changed = the columns of the table are no longer those that the scope was made for
    .remedy = compare them with the grant; amend the grant, or restore the table
scope-columns-gone = the columns of the table are no longer those that the scope was made for; missing or renamed: { $missing }
    .remedy = compare them with the grant; amend the grant, or restore the table
scope-column-inexact = the values of '{ $column }' have a type in the source that is not compared exactly
    .remedy = leave it out of the condition, or share a view that converts it
scope-column-inseparable = the values of '{ $column }' are kept in the source in a form that is not separated from those of other rows
    .remedy = leave the column out, mask it by remove, or share a view that converts it
scope-mask-unfit = the column '{ $column }' ({ $column_type }) cannot be masked so: { $mask }
    .remedy = texts take first and last; dates and timestamps year, month and day; numbers round; hash takes all of these but floating-point numbers; remove and constant take any
scope-mask-without-column = the column '{ $column }' has a mask, and is not permitted
    .remedy = add it to the columns, or leave out its mask
scope-mask-twice = the column '{ $column }' has two masks
    .remedy = name one
scope-increment-unfit = '{ $column }' does not tell new rows: it takes a permitted column without a mask, of integers, decimal numbers, texts, dates or timestamps
scope-cut-failed = a batch of rows could not be cut to the scope

## Masks
mask-unknown = '{ $text }' is not a mask
    .remedy = write remove, first:3, last:4, hash, year, month, day, round:100 or constant:TEXT, with your own numbers and text
mask-remove = removed
mask-keep-first = { $count ->
        [one] the first character
       *[other] the first { $count } characters
    }
mask-keep-last = { $count ->
        [one] the last character
       *[other] the last { $count } characters
    }
mask-hash = hashed within the grant
mask-year = year only
mask-month = year and month only
mask-day = date only
mask-round = rounded down to multiples of { $multiple }
mask-constant = replaced by { $value }

## Scopes in words
scope-columns = columns: { $columns }
scope-masked = { $column } ({ $mask })
scope-all-rows = rows: all
scope-rows = rows: { $condition }
scope-row-limit = { $count ->
        [one] at most one row of each read
       *[other] at most { $count } rows of each read
    }
scope-increment = only rows that are new since the last read, by { $column }
rows-compared = { $column } { $sign } { $value }
rows-in = { $column } is one of { $values }
rows-between = { $column } is from { $low } to { $high }
rows-starting-with = { $column } begins with '{ $prefix }'
rows-null = { $column } is empty
rows-of-all = all of ({ $parts })
rows-of-any = one of ({ $parts })
rows-not = not ({ $part })

## Previews of scopes
mask-argument-malformed = '{ $text }' is not COLUMN=MASK, such as id_number=last:4
scope-without-rows = columns, a condition, masks or a limit are for a preview: add --rows

# The part of a table that a consumer asks for.

column-wanted-part = part of the table asked for
wanted-all-columns = columns: all
wanted-masks = masks: { $masks }
request-asks-for-no-part = { $request } asks for no part of a table
    .remedy = grant a part by --columns, --where, --mask and --row-limit, or what is usually granted without them
