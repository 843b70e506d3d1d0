# Findings of `status --check`: what they are about.

subject-certificate = certificate
subject-roster = roster
subject-own-log = own log
subject-log = log of { $log }
subject-clock = clock of { $log }
subject-working-days = working days
subject-requests = requests

# What was found.

findings-none = nothing requires action
finding-certificate-ended = it expired at { $at }
    .remedy = run '{ $program } certificate rotate': it renews the certificate, or reports why it cannot
finding-certificate-ends = it expires at { $at } and was not renewed
    .remedy = run '{ $program } certificate rotate': it renews the certificate, or reports why it cannot
finding-roster-ended = it expired at { $at }: other cities are refused
    .remedy = restore the connection to the coordinator: its address in the settings, the network, its program
finding-roster-ages = the coordinator was last reached at { $heard }; the roster is valid until { $until }
    .remedy = restore the connection to the coordinator: its address in the settings, the network, its program
finding-roster-missing = the coordinator has never been reached: only the city's own people are admitted
    .remedy = restore the connection to the coordinator: its address in the settings, the network, its program
finding-log-unconfirmed = nothing is written to it: { $reason }
    .remedy = restore the connections to the peers that confirm it; '{ $program } log confirm --reason TEXT' continues without them
finding-log-differs = it is not the log that was followed: { $reason }
    .remedy = ask its owner what happened; '{ $command } --reason TEXT' accepts the log as it is
finding-log-stale = not read since { $since }: { $reason }
    .remedy = check that the other program runs, its address, and the network
finding-log-damaged = { $count ->
        [one] 1 stored entry does not match its leaf and is
       *[other] { $count } stored entries do not match their leaves and are
    } being fetched again
    .remedy = check the disk, and that the log's owner can be reached; restore entries that the owner no longer has from a backup
finding-log-quarantined = { $count ->
        [one] 1 entry is
       *[other] { $count } entries are
    } quarantined
    .remedy = run '{ $program } quarantine' to list them with the reasons
finding-log-paced = reading waits for a quota: { $budget }
    .remedy = it continues by itself; the quotas are settings of the coordinator
finding-clock-differs = it differs by { $skew }
    .remedy = synchronise both clocks with a time server
finding-holiday-notice-missing = the holiday notice of { $year } is missing: deadlines are provisional
    .remedy = an operator sets the notice at the coordinator with 'rules holidays set'
finding-requests-backdated = { $count ->
        [one] 1 request has
       *[other] { $count } requests have
    } a backdated move
    .remedy = list them with 'chengji-coordinator request list', and ask the city that made the move
finding-requests-for-attention = { $count ->
        [one] 1 request needs
       *[other] { $count } requests need
    } attention
    .remedy = run 'chengji-node request list --attention' to list them
finding-search-index-behind = searches lack { $behind } changes since { $since }
    .remedy = look at the load and the disk of the coordinator; an index that is being built catches up by itself
