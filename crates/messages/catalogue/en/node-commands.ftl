# Fetching.

fetched-anew-meanwhile = { $request } was fetched again in the meantime, with other content
    .remedy = run the command again
target-is-folder = { $path } is a folder; name a file
target-exists = { $path } already exists
    .remedy = name another file, or replace it with --force
target-unreadable = cannot read { $path }: { $cause }
    .remedy = name a place that this user may read
target-unwritable = cannot write { $path }: { $cause }
    .remedy = name a place that this user may write to
received-file-unlike-receipt = the file on the node does not match its receipt
    .remedy = fetch it once without --to and --if-changed, then again

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

# Exporting.

option-of-other-files = { $option } is only for { $kinds } files
    .remedy = leave it out, or name a file of that kind
nothing-to-export = the catalogue has no published entries, or none that match the filters
    .remedy = import entries first, or use fewer filters
