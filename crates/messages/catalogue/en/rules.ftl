# Deadline rules and holiday notices.
jurisdiction-malformed = '{ $text }' is not the division code of a province or a city, such as 230000 or 230100; 000000 is the whole country
rules-table-wrong =
    the table has { $count ->
        [one] 1 mistake
       *[other] { $count } mistakes
    }
    .remedy = correct these lines and set the table again; nothing was recorded
rules-table-empty = the table has no rows
rules-rows-too-many = the table has { $count } rows; at most { $most } are allowed
rules-already-so = the rules of { $jurisdiction } are already as in this table
    .remedy = nothing needs to be recorded; 'rules show --jurisdiction { $jurisdiction }' shows them
notices-already-so = the calendar already has these notices
    .remedy = nothing needs to be recorded; 'rules list' shows what was
rules-dry-run = nothing was recorded: this is what would change
rules-counted-stay = deadlines that were counted stay as they are; the new numbers apply to acts that begin from now on
rules-moved-cut = { $count } deadlines move later; the first { $shown } are shown
rules-moved-none = no deadline moves
log-entry-not-rules = the entry { $seq } is not about rules

# What a log says of them.
fact-rules-set = rules of { $jurisdiction }, version { $version }: { $rules }
fact-holidays-set = holiday notice for { $year }: { $number }

# Columns.
column-jurisdiction = Jurisdiction
column-working-days = Working days
column-before = Before
column-valid-from = From
column-valid-until = Until
column-notice = Notice
column-rule = Rule
rules-kind-rules = deadline rules
rules-kind-holidays = holiday notice
rules-above = as above
rules-built-in = built in
