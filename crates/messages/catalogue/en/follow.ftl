# Reading another log.
follow-not-yet = the log was not reached since this program started
follow-not-started = the follower of the log has not started yet, or cannot start: see the coordinator's output
follow-stopped-for-member = the city is { $status }: { $reason }
follow-epoch-zero = a log's epoch is never 0
follow-another-epoch = epoch { $found } came instead of { $expected }
follow-another-entry = entry { $found } came instead of { $expected }
follow-by-another = { $log } was followed further by another program
follow-entry-size = entry { $seq } is empty or too long
follow-entry-without-body = entry { $seq } came without the body it was sealed with
follow-envelope-malformed = the envelope of entry { $seq } is malformed: { $cause }
follow-envelope-of-another = it says that it is at { $found }
follow-envelope-counts-unread = it counts, and its body may not be read
follow-facts-newer = entry { $seq } of the log of { $log } needs version { $needed } of the facts; this program knows version { $known }
follow-leaf-missing = the leaf of the entry before { $seq } did not come
follow-epochs-differ = the log's last epoch is not the one it says it is in
follow-stream-ended = the other side ended the stream
follow-leaf-malformed = the leaf of entry { $seq } of { $log } is malformed
follow-entry-damaged = the stored entry { $seq } of the log of { $log } does not match its leaf; it is being fetched again
    .remedy = try again once 'status' no longer shows damaged entries

# Serving the own log.
log-in-another-epoch = the log is in epoch { $epoch }, and { $asked } was asked for
log-ends-before = the log ends before position { $asked }: its head is { $head }
log-epoch-begun = the log began a new epoch
log-not-kept = { $who } keeps no log

# Alarms.
alarm-none = there is no alarm about the log of { $log }
alarm-diverged = the entry before { $found } is not the one that was read: leaf { $leaf } instead of { $known_leaf }
alarm-forked = the log is in epoch { $epoch }, which does not come from epoch { $known_epoch }, read up to { $known }
alarm-shorter = the log ends at { $found }, and was read up to { $known }
alarm-lower-epoch = the log is in epoch { $epoch } again, and was read up to { $known } in epoch { $known_epoch }
alarm-many-epochs = the log has begun epoch { $epoch }, and as many copies as are made without acceptance are kept

# Confirming the own log.
log-confirmed-already = the log is already confirmed
log-being-confirmed = peers are being asked
log-program-stopping = the program is stopping
log-epoch-opening = the data was restored; its new epoch is being opened
log-not-confirmed-by-hand = the log could not be confirmed; the program's own log says why
log-contradicted = { $reasons }
log-contradicted-by = { $reason }
    .remedy = restore the newest backup, or stop the program and run 'log new-epoch'; only if { $peer } is known to be wrong, repeat this with --against { $peer }
log-confirmed-by-none = no peer has confirmed the log yet
log-confirmed-by-none-because = no peer has confirmed the log yet: { $peer }: { $cause }
log-peer-epoch-higher = { $peer } knows epoch { $epoch }, and this log is in { $own }
log-peer-epoch-foreign = { $peer } knows epoch { $epoch }, which is not one of this log's
log-peer-further = { $peer } knows this log up to { $known }, and it ends at { $head }
log-peer-entry-differs = { $peer } knows another entry before { $known }

# Requests.
request-not-found = there is no request { $number } here
request-number-ambiguous = { $number } may be { $one } or { $other }
    .remedy = give the number in full
request-epochs-too-many = { $city } has made requests in { $count } or more epochs numbered { $number }
    .remedy = give the number in full
request-too-large = request { $id } has { $bytes } bytes; at most { $most } are kept
request-state-unknown = { $number } is not a state of a request
