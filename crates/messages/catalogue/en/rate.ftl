# The sharing rate.

not-a-member-at-cut-off = { $city } was not a member of this cluster at the cut-off
cut-off-in-future = the cut-off { $at } is in the future
    .remedy = give a time up to now, or none for the present figures
sealed-by-another-formula = the month was sealed with formula { $sealed }, but this version computes { $formula }
seal-does-not-hold = the stored logs no longer give the figures of { $cut_off } that were sealed at { $position }
    .remedy = compare the copies of the logs with the cities' own, and restore the data from a backup: copies were damaged or replaced
figures-for-absent-caller = the caller has disconnected; its figures are not computed
cut-off-unconfirmed = the members' clocks do not confirm that { $cut_off } has passed; the month is sealed once they do
    .remedy = compare the clocks with 'city list', and make sure that the members can be reached
log-grew-while-sealing = more of the log of { $city } arrived while the month was being sealed
rate-snapshot-damaged = the snapshot of the log of { $city } up to { $end } is incomplete, or not of the stored entries

## Formulas
formula-unknown = this version does not compute the formula '{ $formula }'; it computes { $known }
    .remedy = name one of these, or install a newer version
formula-backdated = a formula is adopted before its first day; { $from } is not later than today
    .remedy = name a later day; figures of cut-offs before it are not changed
formula-already-so = { $formula } is in force from { $from } on anyway
    .remedy = see 'rate formula list'
column-shared-rows = shared rows
column-shared-bytes = shared bytes
