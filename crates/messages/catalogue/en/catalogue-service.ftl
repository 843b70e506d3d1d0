# Entries as the node has them.
entry-not-published = the catalogue has no published entry { $code }
    .remedy = list the entries in progress with 'chengji-node catalogue pending'
entry-withdrawn = the entry { $code } is withdrawn: { $reason }
entry-not-shared = the entry { $code } is not shared: { $basis }
entry-grants-running = { $count ->
        [one] 1 request has a running grant
       *[other] { $count } requests have running grants
    } for the entry { $code }: { $requests }
    .remedy = end each first with 'chengji-node request consult NUMBER --of-entry' and, after the notice, 'request terminate'; 'catalogue show' has what is left; after a security incident, stop deliveries with 'request stop NUMBER --cause incident'; to move the source, mount the new file in its place
entry-moved-meanwhile = the state of { $code } has changed in the meantime
    .remedy = look at the entry again, then repeat the move
entry-of-another-department = { $by } is a publisher of { $own }, but the entry { $code } belongs to { $provider }
    .remedy = ask a publisher of that department, or of the whole city, to do it
entry-set-changed = the entries or their revisions have changed since they were counted
    .remedy = check the entries again; nothing was done
entry-set-count-changed = there are now { $now } such entries, not the { $before } that were counted
    .remedy = check the entries again; nothing was done
revision-removed = the content of revision { $revision } of the entry { $code } was removed after its retention period
revision-not-found = the entry { $code } has no revision { $revision }
    .remedy = list the revisions with 'chengji-node catalogue show CODE --history'

# What a call may not ask for.
message-too-many-entries = a message may have at most { $most } entries
move-not-of-publishers = 'start' must name a publisher's move: SUBMIT, TAKE_BACK or ASK_WITHDRAWAL
move-not-of-reviewers = 'start' must name a reviewer's move: APPROVE or RETURN
moves-without-start = moves must be sent as one 'start', then 'entries'
filter-classification-invalid = '{ $path }' is neither a classification nor the beginning of one
    .remedy = write a path such as 3, 3/07 or 3/07/012
filter-of-published = published entries cannot be filtered by state, person or deadline
    .remedy = list the entries in progress instead
filter-state = state
filter-value-unknown = the filter has an unknown value for { $what }

# Importing.
import-too-many-entries = an import may have at most { $most } entries
    .remedy = split the file and import one part after the other
import-too-large = an import may have at most { $most } MiB of entries
    .remedy = split the file and import one part after the other
imports-waiting = { $most } imports are already waiting
    .remedy = import again later
import-given-up = the caller disconnected while the import was waiting; nothing was written
import-cut-off = only { $came } of { $said } entries arrived; nothing was written
    .remedy = import the file again
import-without-start = an import must be sent as one 'start', then 'entries'
import-entry-too-large = the entry has { $size } bytes; at most { $most } are allowed
    .remedy = shorten the abstract or the items
import-code-used-up = the resource with this code has been withdrawn, and a code is never used again
    .remedy = give the new resource another code
import-of-another-department = { $by } is a publisher of one department, but the entry belongs to another
    .remedy = leave the entry to a publisher of that department or to the city's data bureau
