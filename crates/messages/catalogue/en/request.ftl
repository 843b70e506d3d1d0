# Requests and moves that may not be recorded.
request-not-valid = the request is not valid: { $fields }
move-not-valid = the move is not valid: { $fields }
stop-not-valid = the stop or resumption is not valid: { $fields }
request-period-out-of-range =
    { $days ->
        [one] 1 day
       *[other] { $days } days
    }; must be 1 to { $most } days
amendment-period-too-long =
    { $days ->
        [one] 1 day
       *[other] { $days } days
    }; at most { $most } days
amendment-asks-nothing = scope, purpose and period are as granted, and there is no third party
    .remedy = name the scope, the purpose or the days that are to change, or the third party
request-manner-not-deliverable = interfaces are not delivered yet, and a table is delivered as a file of what is granted of it
    .remedy = request the manner 'file'
request-manner-outside-platform = mail and media are exchanged outside the platform and cannot be requested on it
    .remedy = request the manner 'file', or agree on another way with the provider directly
# Moves in a request at the city's node.

log-ahead-of-clock = the city's log ends at { $end }, ahead of this node's clock at { $now }; the coordinator refuses requests and moves that are dated ahead
    .remedy = wait until then, or stop the node, correct its clock and run 'log new-epoch'
idempotency-key-taken = the idempotency key was already used for request { $request }, which has other content
city-has-no-part = { $city } is not a party to request { $request }
grant-terms-not-enforced = request { $request }: this node cannot enforce these terms and does not grant them: { $kinds }
    .remedy = grant without them
only-provider-stops = request { $request }: only the provider can stop and resume deliveries
no-grant-to-stop = request { $request } is { $state }: there is no grant to stop
deliveries-stopped-already = deliveries under { $target } are already stopped: { $cause }
deliveries-not-stopped = deliveries under { $target } are not stopped

# What people ask of their node.

grant-days-out-of-range = a grant is for 1 to { $most } days, not { $days }
no-deadline-to-extend = request { $request } has no deadline that can be extended in its present state
extension-out-of-range = a deadline can be extended by 1 to { $most } working days
department-not-covered = the caller acts for { $rights }, not for { $department }
    .remedy = leave the department out, or have a person of that department submit it
own-resource-needs-no-request = { $resource } is the city's own resource and needs no request
    .remedy = use the resource without a request
idempotency-key-too-long = an idempotency key has at most { $most } characters
stop-cause-not-for-people = deliveries can only be stopped for a security incident or for a while

# What the coordinator says of the city's own moves.

move-not-of-city = request { $request }: the coordinator's log contains a move that this city never made
move-decided-late = request { $request }: the coordinator ordered a move of this city after a later one; it no longer fits the state that it was made in
own-log-lacks-entry = the coordinator's log refers to an entry of this city that the city's own log lacks; no party has confirmed that log yet

# States of requests.
request-state-submitted = submitted
request-state-routed = routed
request-state-incomplete = incomplete
request-state-supplemented = supplemented
request-state-granted = granted
request-state-refused = refused
request-state-rejected = rejected
request-state-withdrawn = withdrawn
request-state-disputed = disputed
request-state-revoked = revoked
request-state-suspended = suspended
request-state-lapsed = lapsed
request-state-closed = closed
request-state-terminated = terminated
request-state-referred = referred

# Parties of a request.
party-consumer = the consumer
party-provider = the provider
party-coordinator = the coordinator

# Moves.
move-route = route
move-reject = reject
move-ask-supplement = ask for a supplement
move-supplement = supplement
move-extend = extend
move-grant = grant
move-refuse = refuse
move-withdraw = withdraw
move-dispute = dispute
move-uphold = uphold
move-remand = remand
move-close = close
move-offer = offer
move-ask-amendment = ask for an amendment
move-amend = amend
move-decline-amendment = decline the amendment
move-suspend = suspend
move-report-mended = report the mending
move-resume = resume
move-consult = consult
move-answer-consultation = answer the consultation
move-terminate = terminate
move-change = change
move-propose-settlement = propose a settlement
move-accept-settlement = accept the settlement
move-mediate = record a mediation
move-refer = refer to the common superior authority
move-decide = record a decision
move-move-deadline = move a deadline
move-withdraw-dispute = take the dispute back
move-lapse = note the end of the grant

# Moves out of turn.
request-out-of-turn = request { $id }: { $cause }
request-move-damaged = request { $id }: a stored move is out of turn: { $cause }
request-moves-too-many = request { $id } has { $count } moves, the most a request may have
move-against-rule = { $party } cannot make the move '{ $action }' ({ $state }): { $rule }
move-in-turn-of = { $party } cannot make the move '{ $action }' while the request is { $state }; it is the turn of { $turn }
move-after-end = { $party } cannot make the move '{ $action }' while the request is { $state }; the request has ended
move-rule-deadline-running = the provider's deadline has not passed
move-rule-asked-already = a supplement can be asked for only once
move-rule-deadline-passed = the deadline has passed; the request can still be granted or refused, and the consumer can dispute it
move-rule-grant-over = the grant would end before it starts
move-rule-extended-already = the deadline can be extended only once
move-rule-deadline-not-later = the new deadline is not later than the old one
move-rule-deadline-certain = the deadline is not provisional
move-rule-offered-already = the data has been offered already
move-rule-amendment-open = an amendment still waits for its answer
move-rule-consultation-open = a consultation still waits for its answer
move-rule-consultation-answered = the consultation has been answered already
move-rule-consult-first = the consumer must be consulted about it first, and answer or let the time to answer pass
move-rule-notice-running = the provider's rules require that the entry is still supplied: this can take effect on { $first } at the earliest
move-rule-not-as-consulted = the grant differs from the one that the consumer was consulted about
move-rule-mending-time-over = the time to mend must end after the day of the suspension
move-rule-mending-reported = the mending has been reported already
move-rule-mending-running = the time to mend has not passed, and no mending was reported
move-rule-nothing-to-dispute = no amendment was declined or is overdue, and no consultation was answered with a no
move-rule-grant-by-provider = only the provider can propose a grant
move-rule-no-proposal = the other party has made no proposal
move-rule-settlement-newer = the proposal was made after this acceptance; it is of an earlier one
move-rule-no-answer-due = the dispute is not about an answer of the provider
move-rule-other-amendment = the answer is to an earlier amendment, which is no longer open
move-rule-dispute-of-other = the other party disputed; only that party takes its dispute back

# Acts that are due.
due-answer = answer
due-supplement = supplement
due-offer = offer of the data
due-amendment = answer to the amendment
due-mending = mending
due-consultation = answer to the consultation
due-incident = follow-up of the incident
due-disposal = disposal of the data
due-approval = approval of the common superior authority

# Causes of stops.
stop-cause-revoked = grant revoked
stop-cause-suspended = deliveries suspended
stop-cause-restored = to be confirmed after a restore
stop-cause-incident = security incident
stop-reason-restored = the city's log was restored from a backup without this grant

# Terms of grants.
term-file = file scope
term-table = table scope
term-interface = interface scope
term-count = limit on count
term-rate = limit on rate
term-period = limit on period
term-connector = limit on connectors
term-user = limit on users
term-operation = limit on operations
term-notify = duty to notify
term-destroy = duty to destroy
term-records = duty to keep records
condition-too-large = a row condition has depth { $depth } and size { $size }; at most { $most_depth } and { $most_size } are allowed
decimal-malformed = '{ $text }' is not a decimal number in canonical form, such as -12.5, of at most { $most } digits; a number without a fraction is an integer where it has 64 bits

# Deadlines.
deadline-certain = { $date }
deadline-provisional = { $date } (provisional: no holiday notice yet)

# What people ask of their node, when a request is granted or disputed.
consulted-change-empty = the change that is to be consulted changes nothing
    .remedy = name the new scope, conditions, days or disposal; leave the change out to consult about ending the share
report-without-incident = only a stop for a security incident has a report to an authority
no-amendment-to-answer = request { $request } has no amendment that waits for an answer
no-change-consulted = request { $request }: no change was consulted with the consumer
    .remedy = consult the consumer about the change first, by 'request consult'
no-grant-to-change = request { $request } has no grant that could be changed
mending-out-of-range = the time to mend is at most { $most } working days, until { $last }
