# Calls to other programs, and lists.
no-answer-in-time = no answer within { $seconds } s
cursor-invalid = the cursor does not belong to this list
    .remedy = start again from the first page
# Calls that are denied.
call-without-rights = the call reached the policy without rights or an id
call-without-permit = the call reached its handler without a permit
call-unknown = { $who } may not call { $call }: it is open to nobody
    .remedy = use a client of the same version as the program
call-not-open-to = { $who } may not call { $call }
    .remedy = use the certificate of one of these callers: { $callers }
call-needs-role = { $who } ({ $rights }) may not call { $call }
    .remedy = ask the city's administrator for one of these roles: { $roles }
call-needs-a-role = { $who } has no role and may not call { $call }
    .remedy = ask the city's administrator for one of these roles: { $roles }
call-named = '{ $command }' ({ $area })
call-path = '{ $path }'

# Kinds of callers.
caller-nobody = nobody
caller-own-person = a person of the node's own city
caller-own-app = an application of the node's own city
caller-member-node = the node of a member city
caller-coordinator = the coordinator
caller-operator = an operator of the coordinator
caller-auditor = an auditor
caller-anybody = anybody
caller-certified = anybody with a certificate of the cluster

# Areas of calls.
area-enrolment = enrolment
area-person = people
area-member = members
area-audit = audit log
area-certificate = certificates
area-catalogue = catalogue
area-source = sources of tables
area-delivery = deliveries
area-delegation = delegations
area-notification = notifications
area-todo = worklists
area-correction = corrections
area-demand = demands
area-matter-broker = corrections and demands of the cluster
area-proposal = internal consent
area-directory = directory
area-log = logs
area-rate = sharing rate
area-report = reports
area-request = requests
area-rules = deadline rules and holidays
area-broker = disputes and findings
area-status = status

# Fields of messages between programs.
wire-field-newer = the field { $field } has a kind that this program does not know
wire-parameter-newer = the parameter { $name } has a type that this program does not know
wire-fact-newer = the entry { $seq } has a fact that this program does not know
wire-time-out-of-range = the time is out of range
wire-date-malformed = '{ $text }' is not a date such as 2026-03-18
wire-number-out-of-range = the number is out of range
wire-value-unknown = { $value } is not a known value
wire-too-large = it has { $bytes } bytes; at most { $most } are allowed
wire-too-deep = its messages are nested too deeply
wire-length = it has { $bytes } bytes, not { $expected }
wire-secret-entry = a secret entry cannot be published
wire-of-coordinator = this fact belongs in the coordinator's log, not in a city's
wire-of-city = this fact belongs in a city's log, not in the coordinator's
wire-not-of-entry-lifecycle = this fact is not about the lifecycle of an entry
wire-counts-differ = it differs from the body
wire-writer-foreign = { $who } cannot write to the log of { $city }
wire-person-foreign = { $who } is not one of { $city }'s people or applications
wire-rights-foreign = the rights of { $city }'s people are recorded in the log of { $city }
wire-actor-foreign = { $who } cannot act for { $city }
wire-column-twice = a column occurs twice
wire-term-twice = a limit or duty occurs twice
wire-condition-empty = an AND or OR has no operands
wire-log-of-another = it belongs to '{ $found }', not to { $expected }
wire-epoch-unknown = the epoch of an entry must be 1 or higher
wire-message-malformed = the message { $name } cannot be decoded: { $cause }
wire-messages-too-many = the message { $name } contains more than { $most } nested messages
    .remedy = send it in several parts
wire-terms-differ = the node's code table 'terms' ({ $version }) cannot be used: { $cause }
    .remedy = use a program of the same version as the node
dimension-unknown = { $number } is not a dimension
    .remedy = name each dimension once, or leave them out for all
dimension-twice = the dimension { $name } is named twice
    .remedy = name each dimension once, or leave them out for all

# The compiled contract.
contract-unreadable = the compiled contract cannot be read
contract-broken = the compiled contract is defective: { $cause }
contract-without-field = { $name } has no text field { $field }
json-unwritable = JSON cannot be written: { $cause }

# Broken connections.
connection-broken-off = the other side closed the connection without an answer
