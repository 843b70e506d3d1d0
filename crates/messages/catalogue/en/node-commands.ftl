# Questions, notes and progress of the node's commands.

question-unanswerable = { $question } No terminal is attached to answer this question
    .remedy = check first with { $look }, then run the command with --yes
question-yes-or-no = { $question } [y/N]
look-same-with-dry-run = the same command with --dry-run
look-catalogue-pending = 'catalogue pending'
note-of-file = note: { $note }
interrupted = interrupted: { $progress }
report-written = report written: { $path }
node-ended-without-result = the node ended the call without a result
failure-with-progress = { $message }; { $progress }
progress-look = preview
progress-check = check
progress-write = write
progress-mount = mount
progress-unmount = unmount
progress-fetch = fetch { $file }
progress-save = save { $file }
progress-checked = checked

# Joining.

city-joined = { $subject } has joined { $cluster }; the administrator's profile is { $profile }
next-commands =
    next:
    { $first }
    { $second }
retention-off = no retention period is set, so that everything is kept
    .remedy = set 'keep_reviews_days' in the section [retention] of the settings
retention-clock-ahead = this node's clock shows { $now }, more than { $days } days after the last entry read of the coordinator's log ({ $last })
    .remedy = correct the clock; if it is right, stop the node and run 'log retention'
retention-question = The contents of { $bodies } log entries, of { $moves } moves and { $revisions } revisions, { $bytes } in all, the oldest of { $oldest }, are to be removed for ever. Continue?
log-new-epoch-opened = the log continues in epoch { $epoch }

# Fetching.

fetched-to-standard-output = { $bytes } bytes, SHA-256 { $digest }, checked
fetch-unchanged = nothing has changed and nothing was transferred
fetch-waiting = waiting: another call is already fetching this resource; its result is used
fetch-resuming = resuming in { $seconds ->
        [one] 1 second
       *[other] { $seconds } seconds
    }: { $cause }
fetch-without-outcome = the node did not report how the fetch ended
file-ended-early = the node ended the file early
fetched-anew-meanwhile = { $request } was fetched again in the meantime, with other content
    .remedy = run the command again
not-transferred-unchanged = no, the content is that of the receipt
target-is-folder = { $path } is a folder; name a file
target-exists = { $path } already exists
    .remedy = name another file, or replace it with --force
target-unreadable = cannot read { $path }: { $cause }
    .remedy = name a place that this user may read
target-unwritable = cannot write { $path }: { $cause }
    .remedy = name a place that this user may write to
received-file-unlike-receipt = the file on the node does not match its receipt
    .remedy = fetch it once without --to and --if-changed, then again
direction-sent = sent
direction-received = received

# Requests.

request-move-refused = request { $request }: the coordinator refused the move: { $cause }
request-was-rejected = request { $request } was rejected: { $cause }
share-manner-unknown = { $manner } is not a share manner
    .remedy = use table, file or interface: { $terms }
request-still-in-state = after { $seconds } s request { $request } is still { $state }; it stays on record
    .remedy = check again with 'chengji-node request show { $request }'; 'chengji-node status' shows whether the coordinator can be reached

# Selecting entries.

no-entry-selected = no entry is selected
    .remedy = name codes, narrow down with --department, --class or --under, or give --all
entries-not-found = these entries do not exist, or do not match the filters: { $codes }
    .remedy = list the entries that are not published yet with 'chengji-node catalogue pending'
option-value-unknown = { $value } is not a value of { $option }
    .remedy = use one of { $terms }
value-not-one-of = one of { $terms }

# Exporting.

encoding-of-csv-only = { $kind } is always written in UTF-8; --encoding is for CSV files
    .remedy = name a file that ends in .csv, or leave --encoding out
kind-jsonld = JSON-LD
kind-workbook = a workbook
template-is-workbook = a template is a workbook, as it has lists to choose from
    .remedy = name a file that ends in .xlsx
export-kind-unknown = { $path } ends in neither .xlsx nor .csv nor .jsonld
    .remedy = name a file that ends in .xlsx, .csv or .jsonld
export-file-exists = { $path } already exists
    .remedy = name another file, or remove this one
export-file-unwritable = cannot write { $path }: { $cause }
    .remedy = name a file that does not exist yet, in a folder that this user may write to
option-of-other-files = { $option } is only for { $kinds } files
    .remedy = leave it out, or name a file of that kind
map-unwritable = the map cannot be written: { $cause }
    .remedy = write it to a file: chengji-node catalogue map FILE > layout.toml
template-example-invalid = the example of the template is not valid
template-written = template written: { $path }
entries-written = { $count ->
        [one] 1 entry
       *[other] { $count } entries
    } written: { $path }
closed-entries-written = warning: { $count ->
        [one] 1 of them is
       *[other] { $count } of them are
    } not open to the public; do not hand the file to a public portal
closed-entries-left-out = { $count ->
        [one] 1 entry that is not open to the public was
       *[other] { $count } entries that are not open to the public were
    } left out; --all writes them, too
nothing-to-export = the catalogue has no published entries, or none that match the filters
    .remedy = import entries first, or use fewer filters

# Importing.

imports-ahead = waiting: { $ahead ->
        [one] 1 import is
       *[other] { $ahead } imports are
    } ahead of this one
import-was-waiting = the import was waiting for its turn and nothing was written; the file can safely be imported again
import-not-handed-over = the node did not receive all { $total } entries and wrote none of them; the file can safely be imported again
import-partly-known = { $written } of { $total } entries are known to be durably written; the node writes all of them or none. The file can safely be imported again: entries that were written count as unchanged
import-refused-whole = nothing was written: { $invalid ->
        [one] 1 row is
       *[other] { $invalid } rows are
    } wrong; correct them, or leave them out with --skip-invalid
import-outcome = { $counts }: { $result }
import-would-be = would be { $counts }: { $result }
import-result-dry-run = nothing was written, this was a dry run
import-result-drafts = kept as drafts; submit them with 'catalogue submit'
import-result-submitted = submitted; a reviewer has to publish them
import-result-nothing = nothing to write
count-new = { $count } new
count-revised = { $count } revised
count-unchanged = { $count } unchanged
count-left-out = { $count } left out
count-warnings = { $count ->
        [one] 1 warning
       *[other] { $count } warnings
    }
import-all-problems-hint = --all-problems lists each
import-report-hint = --report FILE.xlsx marks them in the sheet
import-problem-line = { $kind }, line { $line }: { $problem }
import-group = { $kind } { $field }, { $rows ->
        [one] 1 row
       *[other] { $rows } rows
    }: { $problem }
import-group-lines = { "    " }lines: { $lines }
import-group-example = { "    " }such as: { $example }
import-group-remedy = { "    " }remedy: { $remedy }
import-example-value = line { $line } '{ $value }'
import-example-problem = { $example }: { $problem }

# Mounting.

mount-question = { $count ->
        [one] 1 file is
       *[other] { $count } files are
    } to be mounted. Continue?
unmount-question = { $count ->
        [one] 1 file is
       *[other] { $count } files are
    } to be unmounted. Continue?
mount-outcome-mounted = mounted
mount-outcome-remounted = remounted
mount-outcome-measured = measured
mount-outcome-unchanged = unchanged
mount-outcome-unmatched = no entry
mount-outcome-unmounted = unmounted
mount-outcome-problem = problem
mount-count = { $count } { $outcome }
mount-passed-over = { $count } skipped
mount-nothing-found = nothing found
mount-would-be = would be { $counts }; nothing was changed
mount-done = done: { $counts }
mount-nothing-changed = { $counts }; nothing was changed
mount-dry-run-interrupted = nothing was mounted
mount-partly-done = { $done } of { $total } files are done, and those under way may be; the command can safely be run again: mounted files count as unchanged
unmount-partly-done = { $done } of { $total } files are unmounted; the command can safely be run again

# Moving entries along.

move-question = { $action }: { $count ->
        [one] 1 entry
       *[other] { $count } entries
    }?
move-declined = nothing was done
move-group = { $count }  { $provider }  { $class }
move-others = { $count }  others
move-interrupted = the node has answered for { $done ->
        [one] 1 entry
       *[other] { $done } entries
    }; run the command again for the rest
move-refused-one = { $code } { $why }
move-refused-several = { $count } entries { $why }: { $codes }
column-moved = done
column-refused = not done

# Lists of entries.

overdue-mark = { $due } overdue
lifecycles-count = { $count ->
        [one] 1 entry
       *[other] { $count } entries
    }, { $overdue } overdue
lifecycles-tightened = { $count ->
        [one] 1 entry
       *[other] { $count } entries
    } with conditions added after publication
change-noted = a change of { $on } is noted; the update is due on { $due }
change-noted-extended = a change of { $on } is noted; the update is due on { $due }, extended by { $days ->
        [one] 1 working day
       *[other] { $days } working days
    }
never-published = { $code } was never published
last-published = { $code }: revision { $revision } is the last published
diff-of-first = { $code }: revision { $to }, the first
diff-of-revisions = { $code }: revision { $from } → { $to }, { $count ->
        [one] 1 change
       *[other] { $count } changes
    }
entries-count = { $count ->
        [one] 1 entry
       *[other] { $count } entries
    }
shown-unpublished = note: the entry is not published yet; revision { $revision } is shown ({ $state })
status-attention = { $attention } of { $entries } entries need attention
status-other-level = { $other_level } of the entries, { $unmounted } of them unmounted, are not municipal: the sharing rate does not count them
observed-unchanged = unchanged for { $days ->
        [one] 1 day
       *[other] { $days } days
    }; fits: { $cycle }
observed-more-than-daily = changes more than daily; fits: { $cycle }
observed-every = changes every { $days ->
        [one] day
       *[other] { $days } days
    }; fits: { $cycle }

# Titles of columns and fields.

column-receipt = receipt
column-direction = direction
column-path = path
column-transferred = transferred
column-field = field
column-before = before
column-after = after
column-due = due
column-change-noted = change
column-tightened = conditions added
column-tightening = conditions added
column-extended-by = extended by, working days
column-move = move
column-line = line
column-file = file
column-kind = kind
column-column = column
column-cycle = cycle
column-mount = mount
column-freshness = status
column-changed = changed
column-changes = changes
column-observed = observed
column-entries-to-share = entries to share
column-new = new
column-revised = revised
column-unchanged = unchanged
column-left-out = left out
column-warnings = warnings
