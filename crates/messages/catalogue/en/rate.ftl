# The sharing rate.

not-a-member-at-cut-off = { $city } was not a member of this cluster at the cut-off
cut-off-in-future = the cut-off { $at } is in the future
    .remedy = give a time up to now, or none for the present figures
sealed-by-another-formula = the month was sealed by the formula { $sealed }, and this version computes { $formula }
seal-does-not-hold = the stored logs no longer give the figures of { $cut_off } that were sealed at { $position }
    .remedy = the copies of the logs were damaged or replaced: compare them with the cities' own, and restore the data from a backup
figures-for-absent-caller = the caller has gone; its figures are not computed
cut-off-unconfirmed = the clocks of the members do not confirm that { $cut_off } is over; it is sealed once they do
    .remedy = compare the clock with 'city list'; members must be within reach
log-grew-while-sealing = more of the log of { $city } arrived while a month was sealed
