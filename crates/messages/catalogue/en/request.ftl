# Requests and moves that may not be recorded.
request-not-valid = the request is not valid: { $fields }
move-not-valid = the move is not valid: { $fields }
stop-not-valid = the stop or its end is not valid: { $fields }
request-period-out-of-range =
    { $days ->
        [one] 1 day
       *[other] { $days } days
    }; must be 1 to { $most } days
request-manner-not-deliverable = only files are delivered so far
    .remedy = ask for 'file'
request-manner-outside-platform = mail and media are exchanged outside the platform and cannot be requested on it
    .remedy = ask for 'file', or agree on it with the provider directly
# Moves in a request at the city's node.

log-ahead-of-clock = the city's log ends at { $end }, ahead of this node's clock, which says { $now }; the coordinator refuses requests and moves that are dated ahead
    .remedy = wait until then; or stop the node, correct its clock and run 'log new-epoch'
idempotency-key-taken = the idempotency key belongs to request { $request }, which differs
city-has-no-part = { $city } has no part in request { $request }
grant-terms-not-enforced = request { $request }: this node cannot enforce these terms and does not grant them: { $kinds }
    .remedy = grant without them
only-provider-stops = request { $request }: only the provider stops and resumes deliveries
no-grant-to-stop = request { $request } is { $state }: there is no grant to stop
deliveries-stopped-already = deliveries under { $target } are stopped already: { $cause }
deliveries-not-stopped = deliveries under { $target } are not stopped
stored-move-out-of-turn = request { $request }: a stored move is out of turn: { $cause }

# What people ask of their node.

grant-days-out-of-range = a grant is for 1 to { $most } days, not { $days }
no-deadline-to-extend = request { $request } has no deadline to extend now
extension-out-of-range = a deadline is extended by 1 to { $most } working days
department-not-covered = the caller acts for { $rights }, not for { $department }
    .remedy = leave the department out, or have somebody of that department ask
own-resource-needs-no-request = { $resource } is the city's own resource and needs no request
    .remedy = use the resource without a request
idempotency-key-too-long = an idempotency key has at most { $most } characters
stop-cause-not-for-people = deliveries are stopped as revoked or as suspended

# What the coordinator says of the city's own moves.

move-not-of-city = request { $request }: the coordinator's log has a move of this city that the city never made
own-log-lacks-entry = the coordinator's log has an entry of this city that the city's own log lacks, and no party has confirmed that log yet
