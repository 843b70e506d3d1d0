# Joining the cluster, and starting.

invitation-not-for-node = the invitation is for { $subject }, not for a city's node
    .remedy = use 'person join' with the invitation of a person
settings-exist = { $path } already exists
    .remedy = name another folder, or start the program with 'serve'
path-invalid = { $path } is not a valid path: { $cause }
certificate-of-another-party = the certificate { $file } belongs to { $principal }, but the settings are for city { $city }
    .remedy = name the certificate of this city's node, or correct 'city'
reflection-unavailable = gRPC reflection is not available: { $cause }

# Who may call.

person-not-of-city = { $principal } is not among the people and applications of this city
    .remedy = ask the city's administrator for an invitation
person-removed-from-city = { $principal } was removed from this city: { $reason }
    .remedy = ask the city's administrator for a new invitation
operator-role-in-city = operator is a role of the cluster, not of a city
    .remedy = ask the coordinator's operators to invite an operator
node-certifies-people-only = a node issues certificates to the people of its city, not to other nodes
roster-not-received = this node has not received the roster yet

# The coordinator, as a node sees it.

coordinator-out-of-reach = the coordinator has been unreachable since { $since }: { $cause }
    .remedy = try again later; the city's own catalogue and granted resources stay usable meanwhile
coordinator-never-reached = the coordinator has never been reached: { $cause }
    .remedy = check the setting 'coordinator' and the network; the city's own catalogue stays usable meanwhile
log-not-followed-here = this program does not follow the log of { $log }

# Deliveries of a city whose log was restored.

deliveries-await-reading = deliveries of { $city } are on hold: its log was restored, and the coordinator's log has not been read to its end since then
deliveries-await-confirmation = deliveries of { $city } are on hold: its log is being confirmed
deliveries-await-missing-log = deliveries of { $city } are on hold: other parties hold entries of its log that it lacks
deliveries-await-restored-log = deliveries of { $city } are on hold: its log was restored, and no party has confirmed it yet
