# Entries as the node has them.
entry-not-published = the catalogue has no published entry { $code }
    .remedy = 'chengji-node catalogue pending' lists the entries in progress
entry-withdrawn = the entry { $code } is withdrawn: { $reason }
entry-not-shared = the entry { $code } is not shared: { $basis }
entry-moved-meanwhile = { $code } was moved meanwhile
    .remedy = look at the entry again, then repeat the move
entry-of-another-department = { $by } is a publisher of { $own }, and { $code } is an entry of { $provider }
    .remedy = have a publisher of that department, or of the whole city, do it
entry-set-changed = the entries are others than were counted, or in other revisions
    .remedy = look at the entries again; nothing was done
entry-set-count-changed = there are { $now } such entries now, not the { $before } that were counted
    .remedy = look at the entries again; nothing was done
revision-not-found = the entry { $code } has no revision { $revision }
    .remedy = 'chengji-node catalogue show CODE --history' lists the revisions

# What a call may not ask for.
message-too-many-entries = a message has at most { $most } entries
move-not-of-publishers = the start names none of the moves of a publisher: SUBMIT, TAKE_BACK, ASK_WITHDRAWAL
move-not-of-reviewers = the start names none of the moves of a reviewer: APPROVE, RETURN
moves-without-start = moves are one 'start' and then 'entries'
filter-classification-invalid = '{ $path }' is neither a classification nor the beginning of one
    .remedy = write it such as 3, 3/07 or 3/07/012
filter-of-published = published entries cannot be filtered by state, person or deadline
    .remedy = list the entries in progress instead, which have these
filter-state = state
filter-value-unknown = the filter has an unknown value for: { $what }

# Importing.
import-too-many-entries = an import takes at most { $most } entries
    .remedy = split the file and import one part after the other
import-too-large = an import takes at most { $most } MiB of entries
    .remedy = split the file and import one part after the other
imports-waiting = { $most } imports are waiting for their turn already
    .remedy = import again when some of them are done
import-given-up = the caller disconnected before its import's turn; nothing was written
import-cut-off = { $came } of { $said } entries arrived; nothing was written
    .remedy = import the file again
import-without-start = an import is one 'start' and then 'entries'
import-entry-too-large = the entry has { $size } bytes in all; it may have { $most }
    .remedy = shorten the abstract or the items
import-code-used-up = the resource of this code is withdrawn; a code is not used twice
    .remedy = give the new resource a code of its own
import-of-another-department = { $by } is a publisher of one department, and the entry is another's
    .remedy = leave entries of other departments to them, or to the data bureau of the city
