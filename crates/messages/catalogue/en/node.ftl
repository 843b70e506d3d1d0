# Joining the cluster, and starting.

invitation-not-for-node = the invitation is for { $subject }, not for a city's node
    .remedy = people join with 'person join'
settings-exist = { $path } exists already
    .remedy = name another folder, or start the program with 'serve'
node-address-not-reachable = other programs cannot reach { $address }
    .remedy = give --endpoint, the address where others reach this node
path-invalid = { $path } is not a valid path: { $cause }
certificate-of-another-party = the certificate { $file } names { $principal }, but the settings are of city { $city }
    .remedy = name the certificate of this city's node, or correct 'city'
reflection-unavailable = the calls cannot be described to tools: { $cause }

# Who may call.

person-not-of-city = { $principal } is not among the people and applications of this city
    .remedy = the city's administrator can invite them
person-removed-from-city = { $principal } was removed from this city: { $reason }
    .remedy = the city's administrator can invite them again
operator-role-in-city = operator is a role of the cluster, not of a city
    .remedy = the coordinator's operators invite operators
node-certifies-people-only = a node certifies the people of its city, not other nodes
roster-not-received = this node has not received the list of members yet

# The coordinator, as a node sees it.

coordinator-out-of-reach = the coordinator cannot be reached since { $since }: { $cause }
    .remedy = try again later; the city's own catalogue and granted resources stay usable meanwhile
coordinator-never-reached = the coordinator has never been reached: { $cause }
    .remedy = check the setting 'coordinator' and the network; the city's own catalogue stays usable meanwhile
log-not-followed-here = { $log } is not followed by this program

# Deliveries of a city whose log was restored.

deliveries-await-reading = deliveries of { $city } wait: its log was restored, and the coordinator's log has not been read to its end since
deliveries-await-confirmation = deliveries of { $city } wait: its log is being confirmed
deliveries-await-missing-log = deliveries of { $city } wait: other parties know more of its log than it has
deliveries-await-restored-log = deliveries of { $city } wait: its log was restored, and no party has confirmed it yet
