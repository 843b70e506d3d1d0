# Certificates and keys in files.
identity-file-unusable = cannot use { $path }: { $cause }
identity-file-unreadable = cannot read { $path }: { $cause }
    .remedy = set the path of a PEM file that exists, and let this program's user read it
identity-key-exposed = the key { $path } can be used by others than its owner (mode { $mode })
    .remedy = run: chmod 600 { $path }
identity-without-key = it has no private key in PEM: { $cause }
    .remedy = replace it with a file that the cluster's authority issued
identity-without-certificate = it has no certificate
    .remedy = replace it with a file that the cluster's authority issued
identity-not-pem = it is not PEM: { $cause }
    .remedy = replace it with a file that the cluster's authority issued
identity-certificate-malformed = its first certificate cannot be read: { $cause }
    .remedy = replace it with a file that the cluster's authority issued
identity-of-another-cluster = the cluster's authority did not issue it: { $cause }
    .remedy = use a certificate and an authority that belong together
identity-key-unusable = its key cannot be used: { $cause }
    .remedy = replace it with a file that the cluster's authority issued
identity-key-of-another = its key does not match its certificate: { $cause }
    .remedy = use the key that the certificate was issued for
identity-not-yet-valid = it is not valid before { $begin }
    .remedy = get a new certificate (a person by a new invitation, a node by itself once it reaches the coordinator), and check this machine's clock
identity-expired = it expired on { $end }
    .remedy = get a new certificate (a person by a new invitation, a node by itself once it reaches the coordinator), and check this machine's clock
identity-replaced-by-another = the new certificate belongs to { $found }, not to { $expected }
identity-not-authority = it is not a CA certificate: { $cause }
    .remedy = replace it with a file that the cluster's authority issued
tls-not-set-up = TLS cannot be set up: { $cause }

# Names in certificates.
certificate-name-malformed = '{ $uri }' is not a name of the form { $scheme }CLUSTER/PRINCIPAL
    .remedy = use a certificate that the cluster's authority issued
certificate-cluster-malformed = '{ $uri }' names no cluster: 1 to { $most } of a-z, 0-9, '-', '_', '.' after { $scheme }
    .remedy = use a certificate that the cluster's authority issued
certificate-names-unreadable = its alternative names cannot be read: { $cause }
    .remedy = use a certificate that the cluster's authority issued
certificate-without-name = it has no { $scheme } URI among its alternative names
    .remedy = use a certificate that the cluster's authority issued
certificate-names-several = it has several URIs among its alternative names ('{ $first }', '{ $second }')
    .remedy = use a certificate that the cluster's authority issued
certificate-of-another-cluster = { $who } belongs to the cluster '{ $found }', not to '{ $expected }'
server-of-another-principal = the server is { $found }, not { $expected }
    .remedy = correct the address: another program answers there
connection-failed = cannot connect to { $address }: { $cause }
connection-untrusted = no trusted connection to { $address }: { $cause }
connection-without-http2 = { $address } does not speak HTTP/2
server-of-another-cluster = the server does not belong to the cluster of the invitation
    .remedy = check the address with the person who issued the invitation

# Connections and addresses.
server-certificate-of-another = the certificate belongs to { $found }, but the server is { $expected }
    .remedy = set the certificate and key of { $expected }
address-not-reachable = other programs cannot reach { $address }
    .remedy = set { $option } to the address where others reach this program
address-in-use = cannot listen at { $address }: { $cause }
    .remedy = stop the program that uses the port, or set another port
address-of-another-machine = cannot listen at { $address }: { $cause }
    .remedy = set an address that this machine has
address-not-permitted = cannot listen at { $address }: { $cause }
    .remedy = set a port from 1024 up
address-unusable = cannot listen at { $address }: { $cause }
    .remedy = set another address to listen at
call-abandoned = the caller disconnected before the end of the call
connections-of-strangers = too many callers without rights at this program are connected
    .remedy = try again later
connections-too-many =
    { $caller } has { $count ->
        [one] 1 connection
       *[other] { $count } connections
    } open here, the most it may have
    .remedy = stop other commands and programs of this caller, or try again later

# Limits on calls.
calls-too-fast = the caller exceeds its limit of calls a second
    .remedy = wait { $milliseconds } ms, then call more slowly
memory-of-caller = more than { $mebibytes } MiB of memory would be held for one caller
    .remedy = wait until your other calls are done, or send less at a time, such as a file in parts; the operator can raise limits.memory_per_peer
memory-of-nodes = more than { $mebibytes } MiB of memory would be held for the nodes of cities together
    .remedy = try again in a moment; the operator can raise limits.memory
memory-of-all = more than { $mebibytes } MiB of memory would be held for all callers together
    .remedy = try again in a moment; the operator can raise limits.memory
memory-of-work = more than { $mebibytes } MiB of memory would be held for all callers that are { $work }
    .remedy = try again in a moment, or send less at a time; half of limits.memory is for such calls, which the operator can raise
turns-taken = too many calls are { $work }, and none finished within { $seconds } s
    .remedy = try again later, and ask for less at once
turns-closed = a semaphore was closed
rights-changed = the caller's rights changed during the call
    .remedy = repeat the call

# Parties of connections.
server-any-node = a city's node
server-any = a node or the coordinator
callers-of-city = the people of { $city } together
work-log = reading the log
work-import = importing or changing many entries
work-search = searching the directory
work-past-figures = computing figures of the past

# Callers.
caller-of-no-city = { $who } does not belong to a city
    .remedy = use the certificate of a city's node or person
