# The values of the catalogue, as people read them. Files hold the Chinese terms, which are data.

# Share classes.
term-share-class-unconditional = unconditional
term-share-class-conditional = conditional
term-share-class-not-shared = not shared

# Manners of sharing.
term-share-manner-table = table
term-share-manner-file = file
term-share-manner-interface = interface
term-share-manner-mail = mail
term-share-manner-medium = medium

# Update cycles.
term-update-cycle-real-time = real time
term-update-cycle-daily = daily
term-update-cycle-weekly = weekly
term-update-cycle-monthly = monthly
term-update-cycle-quarterly = quarterly
term-update-cycle-half-yearly = half-yearly
term-update-cycle-yearly = yearly
term-update-cycle-irregular = irregular
term-update-cycle-other = other

# Administrative levels.
term-level-provincial = provincial
term-level-municipal = municipal
term-level-county = county
term-level-township = township

# Kinds of format.
term-format-file = electronic file
term-format-spreadsheet = spreadsheet
term-format-database = database
term-format-image = image
term-format-stream = streaming media
term-format-self-describing = self-describing format
term-format-service = service interface

# Types of items.
term-item-type-text = text
term-item-type-number = number
term-item-type-date = date
term-item-type-date-time = date and time
term-item-type-binary = binary

# States of an entry.
entry-state-draft = draft
entry-state-submitted = submitted
entry-state-returned = returned
entry-state-taken-back = taken back
entry-state-published = published
entry-state-withdrawal-asked = withdrawal requested
entry-state-withdrawn = withdrawn

# Moves of an entry.
entry-move-save = save
entry-move-submit = submit
entry-move-take-back = take back
entry-move-ask-withdrawal = request withdrawal
entry-move-approve = approve
entry-move-return = return

# What is to be done about an entry.
entry-act-review = review of an entry
entry-act-correction = correction of a returned entry
entry-act-update = update of an entry

# Freshness of what is mounted.
freshness-unmounted = nothing mounted
freshness-gone = source missing
freshness-never-measured = not measured yet
freshness-stale = older than the update cycle
freshness-contradicted = contradicts the update cycle
freshness-fresh = fresh

# Dimensions of the statistics of a catalogue.
dimension-department = department
dimension-class = share class
dimension-level = administrative level
dimension-manner = share manner
dimension-cycle = update cycle
dimension-format = format
dimension-security = security level
dimension-open = open to the public
dimension-freshness = freshness

# Values of the statistics of a catalogue that no field has.
statistics-no-manner = none
statistics-security-level = level { $level }
statistics-open = open
statistics-not-open = not open
term-assessment-no-risk = no risk
term-assessment-handled = risk with handling
term-tightening-stricter-class = stricter class
term-tightening-new-conditions = new conditions
