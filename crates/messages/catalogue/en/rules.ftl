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
    .remedy = nothing needs to be recorded; 'rules show' shows the rules in force
notices-already-so = the calendar already has these notices
    .remedy = nothing needs to be recorded; 'rules list' shows what was
rules-dry-run = nothing was recorded: this is what would change
rules-counted-stay = deadlines that were counted stay as they are; the new numbers apply to acts that begin from now on
rules-moved =
    { $count ->
        [0] no deadline moves
        [one] 1 deadline moves later
       *[other] { $count } deadlines move later; the first { $shown } are shown
    }
rules-of-years = notices for { $years }
rules-shown = { $jurisdiction } on { $on }; holiday notice for the year: { $notice }
rules-notice-missing = none yet

# Rules.
rule-unconditional-answer = answer, unconditional
rule-conditional-answer = answer, conditional
rule-extension-at-most = extension of an answer, at most
rule-delivery-after-grant = delivery after a grant
rule-correction = answer to a correction
rule-reminder-before = reminder before a deadline
rule-catalogue-review = review of an entry
rule-catalogue-change = update of the catalogue
rule-supplement = supplement
rule-mending-at-most = mending a misuse, at most
rule-consultation = answer to a consultation
rule-incident-follow-up = follow-up of an incident
rule-pause-while-incomplete = pause while papers are missing (1 yes, 0 no)
rule-catalogue-extension-at-most = extension of an update, at most
rule-demand-answer = answer to a demand
rule-disposal-after-end = disposal after the end
rule-withdrawal-notice = supply after a withdrawal
rule-usage-record = usage record of a period
rule-superior-approval = approval of the superior

# What a log says of them.
fact-rules-set = rules of { $jurisdiction }, version { $version }: { $rules }
fact-holidays-set = holiday notice for { $year }: { $number }

# Columns.
column-jurisdiction = jurisdiction
column-rule = rule
column-working-days = working days
column-months = months
column-valid-from = from
column-valid-until = until
rules-kind-holidays = holidays { $year }
rules-built-in = built in
