# Calls to other programs, and lists.
no-answer-in-time = no answer within { $seconds } s
cursor-invalid = the cursor does not belong to this list
    .remedy = start again from the first page
# Calls that are denied.
call-unknown = { $who } may not call { $call }
    .remedy = nobody may call it
call-not-open-to = { $who } may not call { $call }
    .remedy = it can be called by { $callers }
call-needs-role = { $who } is { $rights } and may not call { $call }
    .remedy = it takes one of the roles { $roles }; the city's administrator can give it
call-needs-a-role = { $who } has no role and may not call { $call }
    .remedy = it takes one of the roles { $roles }; the city's administrator can give it
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
area-delivery = deliveries
area-directory = directory
area-log = logs
area-rate = sharing rate
area-request = requests
area-broker = rulings
area-status = status

# Fields of messages between programs.
wire-field-missing = the field { $field } is missing
wire-field-newer = the field { $field } is of a kind that is not known here
wire-field-invalid = the field { $field } is not valid: { $cause }
wire-parameter-newer = the parameter { $name } has a type that is not known here
wire-fact-newer = the entry { $seq } has a fact that is not known here
wire-time-out-of-range = the time is out of range
wire-date-malformed = '{ $text }' is not a date such as 2026-03-18
wire-number-out-of-range = the number is out of range
wire-value-unknown = { $value } is not a known value
wire-too-large = it has { $bytes } bytes, more than { $most }
wire-too-deep = its messages are nested too deeply
wire-length = it has { $bytes } bytes, not { $expected }
wire-secret-entry = a secret entry cannot be published
wire-of-coordinator = this fact belongs in the coordinator's log, not in a city's
wire-of-city = this fact belongs in a city's log, not in the coordinator's
wire-not-of-entry-life = this fact is not about the lifecycle of an entry
wire-counts-differ = the body says something else
wire-writer-foreign = { $who } cannot write in the log of { $city }
wire-person-foreign = { $who } is not one of { $city }'s people or applications
wire-rights-foreign = the rights of { $city }'s people are recorded in the log of { $city }
wire-actor-foreign = { $who } does not act for { $city }
wire-column-twice = a column is named twice
wire-term-twice = a limit or duty is given twice
wire-condition-empty = AND or OR of nothing
wire-log-of-another = it is of '{ $found }', not of { $expected }
wire-epoch-unknown = an entry is written in an epoch from 1
wire-messages-too-many = a message { $name } has more than { $most } messages within it
    .remedy = send it in several parts
wire-terms-differ = the node's table 'terms' ({ $version }): { $cause }
    .remedy = use the program of the node's version
dimension-unknown = { $number } is not a dimension
    .remedy = name each dimension once, or none for all of them
dimension-twice = the dimension { $name } is named twice
    .remedy = name each dimension once, or none for all of them

# The compiled contract.
contract-unreadable = the compiled contract cannot be read
contract-broken = the compiled contract is defective: { $cause }
contract-without-field = { $name } has no text { $field }
json-unwritable = JSON cannot be written: { $cause }

# Broken connections.
connection-broken-off = the other side ended the connection without an answer
