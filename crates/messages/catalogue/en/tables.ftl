# Code tables in general.
tables-wrong =
    the code tables have { $count ->
        [one] 1 mistake
       *[other] { $count } mistakes
    }
    .remedy = correct these lines; 'tables export' writes the tables of the program, to start from, and 'tables check' checks a folder
table-quotation-open = a quotation mark is not closed in its line
table-first-line = the first line is '{ $found }'; it must have the form '{ $form }'
table-cells-too-many = { $found } cells under { $columns } columns
table-column-twice = the column '{ $column }' appears twice
table-column-unknown = no such column '{ $column }'; the columns are { $known }
table-column-missing = the column '{ $column }' is missing; the columns are { $known }
table-cell-wrong = { $column }: { $problem }
table-cell-empty = { $column } is empty
table-date-malformed = { $column } is '{ $text }', not a date such as 2026-03-18
table-span-reversed = valid_until { $until } is before valid_from { $from }
table-rows-overlap = { $key } is in force on the same days as in line { $line }; end that one before this one begins
table-divisions = divisions
table-terms = terms

# Working days.
table-year-malformed = year is '{ $year }', not a year such as 2026
table-day-unknown = day is '{ $day }', neither off nor work
table-day-of-another-year = { $date } is neither in { $year } nor in the December before
table-day-not-weekend = { $date } is not a Saturday or Sunday and cannot be made a working day
table-day-statutory = { $date } is a statutory holiday and cannot be made a working day
table-day-twice = { $date } is already in line { $line }
table-notice-missing = notice is empty; give the number of the notice for { $year }
table-notice-twice = a second notice for { $year }, '{ $second }'; line { $line } has '{ $first }'
table-notice-without-day = the notice for { $year } has no day in { $year }

# Deadline rules.
table-jurisdiction-missing = jurisdiction is empty; 000000 is the whole country
table-jurisdiction-twice = jurisdiction is '{ $second }', but '{ $first }' in line { $line }; a table has one
table-rule-unknown = rule is '{ $rule }', not one of { $known }
table-working-days-out-of-range = working_days of { $rule } is '{ $days }', not a number from { $least } to { $most }
table-months-out-of-range = working_days of { $rule } is '{ $months }', not a number of months from { $least }m to { $most }m
table-rule-missing = the rule '{ $rule }' has no row
table-rule-begins-late = { $rule } has no number before { $from }: leave valid_from empty
table-rule-ends-early = { $rule } has no number after { $until }: leave valid_until empty
table-rule-interrupted = { $rule } has no number between { $until } and { $from }

# Divisions.
table-level-wrong = level is '{ $level }'; { $code } is a { $right }
table-successor-missing = successor { $successor } has no row of its own; add it, or correct it
table-successor-itself = successor { $code } is the code itself
table-successor-without-end = { $code } has the successor { $successor } but does not end; give valid_until
division-ended = division code { $code } { $name } has ended (table divisions { $version })
division-ended-on = division code { $code } { $name } ended on { $until } (table divisions { $version })
division-succeeded = { $ended }; its successor is { $successor } { $name }
division-not-yet = division code { $code } { $name } is not in force yet (table divisions { $version })
division-not-until = division code { $code } { $name } is not in force until { $from } (table divisions { $version })
division-unknown = division code { $code } is not in the table divisions { $version }; check it, or load a newer table with the setting 'tables'

# Terms.
table-vocabulary-unknown = vocabulary is '{ $vocabulary }', not one of { $known }
table-value-unknown = value is '{ $value }', not a value of { $vocabulary }: { $known }
table-name-twice = '{ $name }' is already in line { $line }
table-secret-means-yes = other names for a value of secret can only mean 是
table-name-understood = '{ $name }' is already understood as { $value }; delete the row
