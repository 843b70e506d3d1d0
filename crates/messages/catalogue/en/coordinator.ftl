# Starting the coordinator.

coordinator-address-not-reachable = other programs cannot reach { $address }
    .remedy = give --address, the address where cities and people reach the coordinator
data-of-another-cluster = the data is of the cluster '{ $known }', the settings are of '{ $cluster }'
    .remedy = correct 'cluster', or name another data directory
store-not-closed = the store could not be closed
made-key-unreadable = the key that was made cannot be read: { $cause }
certificate-end-unreadable = the certificate's end is not a time: { $cause }

# Enrolment.

log-key-begins-earlier = the log's new key is valid from { $sent }, before its last one from { $last }
    .remedy = restore the newest backup, or stop the node and run 'log new-epoch'
not-a-cluster-role = the people of a cluster have one role, operator or auditor, not { $rights }
    .remedy = give the role operator, or the role auditor

# Cities and their logs.

log-of-inactive-city = { $city } takes no part now; its log is not read
revision-not-later = { $entry }: revision { $revision } came after revision { $last }
mount-name-invalid = { $entry }: the name of the mounted file is not a plain file name
measured-without-mount = { $entry } was measured, but nothing is mounted
entry-never-published = { $entry } was changed, but never published
entry-too-large = the entry { $entry } has { $bytes } bytes; at most { $most } are kept
delivery-under-unknown-request = a delivery under request { $request }, which was never made
delivery-of-another-request = a delivery of { $resource } to { $consumer } under request { $request }, which is { $owner }'s for { $requested }
log-entry-unreadable = the log's entry { $seq } cannot be read: { $cause }
log-entry-missing = the log has no entry { $seq }
log-entry-not-checkpoint = the log's entry { $seq } is not a checkpoint
log-entry-not-seal = the log's entry { $seq } is not a seal

# Moves that the coordinator orders.

move-of-stranger = { $city } has no part in request { $request }, and made a move in it
move-in-unknown-request = a move in request { $request }, which was never made
stop-by-other-than-provider = { $city } stopped deliveries under request { $request }, whose provider it is not
kept-neither-move-nor-stop = an entry kept for request { $request } is neither a move nor a stop
request-dated-ahead = the request is dated { $dated }, and the coordinator's clock says { $now }; check the city's clock
move-dated-ahead = request { $request }: the move is dated { $dated }, and the coordinator's clock says { $now }; check the city's clock
resource-is-consumers-own = { $resource } is { $consumer }'s own resource
provider-suspended = { $city } is suspended: { $reason }
resource-unknown = there is no resource { $resource } in the directory
resource-withdrawn = { $resource } was withdrawn: { $reason }
resource-not-shared = { $resource } is not shared: { $condition }
extension-beyond-longest = request { $request }: the deadline { $deadline } can be extended by { $days } working days, to { $latest } at the latest, not to { $asked }
