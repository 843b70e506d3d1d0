# The data directory.
data-directory-missing = the data directory { $path } does not exist
    .remedy = mount the volume it is on, correct the setting 'data', or restore a backup into it; only 'init' and 'join' create a new database
data-directory-empty = the data directory { $path } contains no database
    .remedy = mount the volume it is on, correct the setting 'data', or restore a backup into it; only 'init' and 'join' create a new database
data-directory-unusable = the data directory { $path } cannot be used: { $cause }
    .remedy = name a directory that this program's user may create or write to, and start again
data-directory-in-use = the data directory { $path } is in use by another process
    .remedy = stop the other process, or give this one a data directory of its own, and start again
data-directory-read-only = the data directory { $path } cannot be written: { $cause }
    .remedy = let this program's user read and write the directory and all files in it
data-directory-unknown-format = the directory { $path } contains data that this version cannot open: { $cause }
    .remedy = name an empty directory, or one written by this version or an earlier one
data-directory-of-another = the data directory belongs to { $found } and cannot be opened as that of { $owner }
    .remedy = name the data directory of { $owner }, or an empty one for a new log
data-directory-without-owner = the data directory contains records but not the name of their owner
data-directory-without-version = the data directory does not record its storage version
    .remedy = restore the newest backup, or set up an empty data directory anew
data-directory-newer = the data directory has storage version { $found }; this program supports versions up to { $known }
    .remedy = upgrade this program to the one that wrote the directory, or a later one
data-file-unusable = { $path } cannot be used: { $cause }
    .remedy = let this program's user read and write the directory and its files
disk-full = no space is left on the disk of { $path }
    .remedy = free at least 256 MiB on that disk: a running program accepts writes again within seconds, a stopped one can be started; nothing that was acknowledged is lost

# The database.
database-empty = the database is empty: its whole log is lost
    .remedy = restore the newest backup
database-damaged = the database in { $path } is damaged: { $cause }
database-unreadable = the database in { $path } cannot be read or written: { $cause }
    .remedy = check the disk; where it is sound, restore the directory from a backup
database-busy = the database in { $path } is not available now: { $cause }
database-failed = the database in { $path } failed: { $cause }
database-fenced = the head of the log is no longer { $head }: another program writes to this database
    .remedy = find and stop the other program, then start this one again
record-damaged = the stored record { $kind } of key '{ $key }' is damaged: { $cause }
record-not-decodable = the encoding of a record is malformed: { $cause }
record-not-empty =
    { $bytes ->
        [one] 1 byte
       *[other] { $bytes } bytes
    } where only the key counts
record-value-unknown = the value { $value } of the field { $field } is unknown
record-position-without-epoch = the position { $field } has no epoch
record-partly-missing = only a part of { $field } is stored
key-malformed = the stored key { $key } is malformed
statistics-value-unknown = the statistics have no value '{ $value }'
index-check-running = a check of the indexes is running
    .remedy = wait until it has ended
indexes-differ = the indexes do not agree with the records: { $missing } entries are missing or other, { $stray } have no record
    .remedy = run 'check --mend'
tally-length = the numbers of a group take { $bytes } bytes
recount-begun-anew = another check of the same table was begun meanwhile
key-taken = another record has the same key in the index '{ $index }'
key-of-ledger = a job wrote the key { $key }, which only the ledger may write
key-changed = the value of the key { $key } has changed, so this write cannot be made
record-snapshot-part = the rows of a snapshot differ from their digest
record-too-large = a record has a key of { $key } bytes and a value of { $value } bytes; at most { $most_key } and { $most_value } bytes are stored
write-too-large = one write has { $bytes } bytes; at most { $most } bytes are written at once
write-not-run = the write was not run
write-panicked = a write panicked: { $cause }
write-broke-off = the ledger's thread ended within a write
ledger-closed = the ledger is closed: the program is shutting down
ledger-without-thread = no thread can be started for the ledger: { $cause }
migration-appends = a migration must not append to the log

# The own log.
log-not-writable = the log cannot be written now: { $reason }
log-not-writable-outdated = the log cannot be written now: { $reason }
    .remedy = the database is not the newest: restore the newest backup, or stop the program and run 'log new-epoch', which accepts the loss
log-shortened = the log in { $path } ends at { $found }, although { $acknowledged } was acknowledged
    .remedy = restore the newest backup; or, to go on without the missing entries, run 'log new-epoch', which informs all followers of the loss
log-differs = the log in { $path } has a different entry before { $acknowledged } than the one acknowledged; its head is { $found }
    .remedy = restore the newest backup; or, to go on without the missing entries, run 'log new-epoch', which informs all followers of the loss
head-file-unusable = the head file { $path } cannot be used: { $cause }
    .remedy = let this program's user read and write the data directory and its files
head-file-damaged = the head file { $path } is damaged
    .remedy = restore the newest backup; or run 'log new-epoch', which goes on with the entries in the database
log-without-head = the log has no head
log-head-without-epoch = the log's head { $head } has no epoch
log-end-differs = the end of the log is inconsistent: head { $head }, last entry { $entry }, last leaf { $leaf }
log-gap = the log has a gap among the entries { $first } to { $last }
log-entry-differs = the log entry { $seq } is not the one that was appended
log-entry-too-large = the { $part } of a log entry has { $bytes } bytes; at most { $most } bytes are stored
log-entry-envelope = envelope
log-entry-body = body
log-full = the log has no positions left
log-position-malformed = a stored position is malformed
log-epoch-malformed = the epoch { $number } is malformed
log-leaf-malformed = the leaf of log entry { $seq } is malformed
log-none = none
tree-node-malformed = a node of a log at level { $level } is malformed
tree-nodes-missing = the tree of a log of { $size } leaves lacks nodes from { $first } to { $end } at level { $level }

# Backups.
backup-not-one = { $path } is not a backup: it has no { $file }
    .remedy = name the folder that 'backup create' returned
backup-damaged = the backup { $path } is damaged: { $cause }
    .remedy = use another backup
backup-file-malformed = { $file } is malformed: { $cause }
backup-format-unknown = its format is { $found }, not { $known }
backup-ends-elsewhere = its log ends at { $found }, not at { $expected }
backup-field-malformed = the { $field } '{ $text }' of a backup is malformed
backup-of-another = the backup is of { $owner } in { $cluster }, but the settings are of { $settings_owner } in { $settings_cluster }
    .remedy = name a backup of this program, or the settings of the other one
backup-exists = { $path } already exists
    .remedy = try again in a second: the name contains the time
backup-in-memory = a database in memory cannot be backed up
backup-mark-unwritable = the description of a backup cannot be written: { $cause }
