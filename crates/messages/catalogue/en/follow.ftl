# Reading another log.
follow-not-yet = the log has not been reached since this program started
follow-not-started = the log is not followed yet, or cannot be followed; see the output of the coordinator's program
follow-stopped-for-member = the city's membership is { $status }: { $reason }
follow-epoch-zero = the epoch of a log cannot be 0
follow-another-epoch = epoch { $found } was received instead of { $expected }
follow-another-entry = entry { $found } was received instead of { $expected }
follow-by-another = another program has followed the log of { $log } beyond this position
follow-entry-size = entry { $seq } is empty or too long
follow-entry-without-body = entry { $seq } was received without the body that belongs to its envelope
follow-envelope-malformed = the envelope of entry { $seq } is malformed: { $cause }
follow-envelope-of-another = it states the position { $found }
follow-envelope-counts-unread = its content is counted, but its body is not readable here
follow-facts-newer = entry { $seq } of the log of { $log } needs version { $needed } of the facts; this program supports version { $known }
follow-leaf-missing = the leaf of the entry before { $seq } was not sent
follow-roots-missing = the roots of the log from range { $first } on were not sent
follow-epochs-differ = the last epoch of the log differs from the epoch it claims to be in
follow-stream-ended = the other side ended the stream
follow-leaf-malformed = the leaf of entry { $seq } of { $log } is malformed
follow-entry-damaged = the stored entry { $seq } of the log of { $log } does not match its leaf; it is being fetched again
    .remedy = try again once 'status' no longer shows damaged entries

# Serving the own log.
log-in-another-epoch = the log is in epoch { $epoch }, but { $asked } was requested
log-ends-before = the log ends before position { $asked }, at { $head }
log-epoch-begun = a new epoch of the log has begun
log-not-kept = { $who } has no log here

# Alarms.
alarm-none = there is no alarm about the log of { $log }
alarm-diverged = the entry before { $found } is not the one that was read: leaf { $leaf } instead of { $known_leaf }
alarm-forked = the log is in epoch { $epoch }, which does not continue epoch { $known_epoch }, read up to { $known }
alarm-shorter = the log ends at { $found }, but was read up to { $known }
alarm-lower-epoch = the log is in epoch { $epoch } again, but was read up to { $known } in epoch { $known_epoch }
alarm-many-epochs = the log has begun epoch { $epoch }, but no further copy is kept until one is accepted

# Confirming the own log.
log-confirmed-already = the log is already confirmed
log-being-confirmed = peers are being asked to confirm the log
log-program-stopping = the program is stopping
log-epoch-opening = the data was restored; its new epoch is being opened
log-not-confirmed-by-hand = the log could not be confirmed; see the program's output
log-contradicted = { $reasons }
log-contradicted-by = { $reason }
    .remedy = restore the newest backup, or stop the program and run 'log new-epoch'; only if { $peer } is known to be wrong, repeat this with --against { $peer }
log-confirmed-by-none = no peer has confirmed the log yet
log-confirmed-by-none-because = no peer has confirmed the log yet: { $peer }: { $cause }
log-peer-epoch-higher = { $peer } knows epoch { $epoch }, but this log is in { $own }
log-peer-epoch-foreign = { $peer } knows epoch { $epoch }, which is not one of this log's
log-peer-further = { $peer } knows this log up to { $known }, but it ends at { $head }
log-peer-entry-differs = { $peer } knows a different entry before { $known }

# Requests.
request-not-found = request { $number } does not exist here
request-number-ambiguous = { $number } may be { $one } or { $other }
    .remedy = give the number in full
request-epochs-too-many = { $city } has made requests in { $count } or more epochs numbered { $number }
    .remedy = give the number in full
request-too-large = request { $id } has { $bytes } bytes; at most { $most } are kept
request-state-unknown = { $number } is not a state of a request
exporting-log = exporting the log
export-cut-off = the log ended before its head
    .remedy = run the command again
archive-damaged = the archive is incomplete or damaged at its record { $record }
    .remedy = use another copy of the file, or export the log again
archive-unreadable = the archive { $path } cannot be read: { $cause }
