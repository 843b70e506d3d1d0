# Starting the coordinator.

data-of-another-cluster = the data is of the cluster '{ $known }', but the settings name '{ $cluster }'
    .remedy = correct 'cluster', or set another data directory
store-not-closed = the store could not be closed
made-key-unreadable = the generated key cannot be read: { $cause }

# Enrolment.

log-key-begins-earlier = the log's new key is valid from { $sent }, earlier than its last one, from { $last }
    .remedy = restore the newest backup, or stop the node and run 'log new-epoch'
not-a-cluster-role = people of the cluster have exactly one role, operator or auditor, not { $rights }
    .remedy = give either the role operator or the role auditor

# Requests.

attention-at-nodes-only = the filter for attention applies at a city's node, not at the coordinator
    .remedy = call the city's node, or filter by state

# Cities and their logs.

log-of-inactive-city = { $city } is not an active member; its log is not read
revision-not-later = { $entry }: revision { $revision } arrived after revision { $last }
mount-name-invalid = { $entry }: the name of the mounted file is not a plain file name
measured-without-mount = { $entry } was measured, but nothing is mounted
entry-never-published = { $entry } was changed, but never published
entry-too-large = the entry { $entry } has { $bytes } bytes; at most { $most } are kept
delivery-under-unknown-request = the delivery is under request { $request }, which does not exist
delivery-of-another-request = { $resource } was delivered to { $consumer } under request { $request }, which { $owner } made for { $requested }
log-entry-unreadable = log entry { $seq } cannot be read: { $cause }
log-entry-missing = the log has no entry { $seq }
log-entry-not-checkpoint = log entry { $seq } is not a checkpoint
log-entry-not-seal = log entry { $seq } is not a seal

# Moves that the coordinator orders.

move-of-stranger = { $city } made a move in request { $request }, but is not a party to it
move-in-unknown-request = the move is in request { $request }, which does not exist
stop-by-other-than-provider = { $city } stopped deliveries under request { $request }, but is not its provider
early-moves-too-many = { $city } has more moves and stops in request { $request }, which is not opened yet, than are kept: at most { $entries }, of { $bytes } bytes together
kept-neither-move-nor-stop = the entry stored for request { $request } is neither a move nor a stop
request-dated-ahead = the request is dated { $dated }, ahead of the coordinator's clock at { $now }; check the city's clock
move-of-earlier-matter = request { $request }: the move was made before the matter that it would answer; it is of an earlier one
move-dated-ahead = request { $request }: the move is dated { $dated }, ahead of the coordinator's clock at { $now }; check the city's clock
resource-is-consumers-own = { $resource } is { $consumer }'s own resource
provider-suspended = { $city } is suspended: { $reason }
resource-unknown = there is no resource { $resource } in the directory
resource-withdrawn = { $resource } was withdrawn: { $reason }
resource-not-shared = { $resource } is not shared: { $condition }
extension-beyond-longest = request { $request }: the deadline { $deadline } can be extended by { $days } working days, to { $latest } at the latest, not to { $asked }
mending-beyond-longest = request { $request }: the time to mend can be at most { $days } working days, to { $latest } at the latest, not to { $asked }
notice-too-short = request { $request }: the provider's rules require that a withdrawn entry is still supplied; the grant can be ended or changed on { $first } at the earliest
    .remedy = consult again with 'request consult --of-entry'
dispute-not-referred = request { $request }: the dispute is not yet referred to the common superior authority
    .remedy = run 'request refer' first, and record here the outcome that comes back; if the coordinator itself belongs to that authority, set [disputes] common_superior = true
dispute-not-negotiated = request { $request }: the dispute has no record of the negotiation before it, which this cluster requires between cities under one authority
    .remedy = negotiate with the other city, and dispute again with '--negotiation': when, between whom, with what result
move-not-of-operators = operators cannot make the move '{ $action }'
log-entry-not-finding = log entry { $seq } is not a finding
finding-not-valid = the finding is not valid: { $fields }

# Acts against the rules that the records of requests show.

shown-act-answered-late = request answered late, or not yet
shown-act-amendment-answered-late = amendment answered late, or not yet
shown-act-offered-late = granted data offered late, or not yet
shown-act-asked-twice = missing information asked for a second time
shown-act-ended-without-consultation = share to be ended or changed without a consultation
shown-act-incident-not-followed-up = incident stop not followed up in time
shown-act-misused = deliveries suspended for a misuse
shown-act-mending-unfinished = misuse not mended in time
shown-act-disposed-late = data of an ended share not disposed of in time
shown-act-conditions-added = conditions added to a published entry
shown-act-corrected-late = error in received data verified or corrected late, or not yet
shown-act-returned-late = data of a return flow offered late, or not yet
shown-act-usage-not-recorded = use of granted data not recorded in time
shown-act-updated-late = entry updated after the deadline for following a change
