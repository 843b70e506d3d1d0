# People and their rights.
person-not-found = no person is named '{ $name }'
    .remedy = list the people with 'person list'
person-exists = { $who } already exists
    .remedy = give the person another name, or remove the existing one
person-removed = { $who } has been removed
    .remedy = invite the person again
person-of-another-kind = { $who } cannot be given { $rights }: operators and auditors are separate
    .remedy = remove the person, then invite them with the other role
person-changes-own-rights = { $who } cannot change their own rights
    .remedy = ask another administrator or operator
person-removes-itself = { $who } cannot remove themselves
    .remedy = ask another administrator or operator
step-broke-off = the operation was interrupted

# Invitations.
invitation-unknown = the invitation is unknown: it was withdrawn, or belongs to another program
invitation-altered = the invitation has been altered
invitation-used = the invitation was used at { $at }
invitation-expired = the invitation expired at { $at }
invitation-hours-out-of-range = an invitation is valid for 1 to { $most } h, not { $hours } h

# Certificates that were issued.
certificate-not-issued-here = the certificate of { $who } was not issued here
    .remedy = ask for an invitation
certificate-ended = the certificate of { $who } has expired
    .remedy = ask for a new invitation
certificate-renewed-already = the certificate of { $who } was already renewed, as { $newer }
    .remedy = if nobody here renewed it, the key may have leaked: ask for a new invitation
certificates-too-many = { $who } has { $number } certificates that have not expired
    .remedy = wait until some have expired, or ask for a new invitation
certificate-renewed-too-often = { $who } renews its certificate too often
certificate-request-for-another = the certificate request names '{ $named }' instead of { $who }

# The signature under the roster.
checkpoint-unsigned = a checkpoint is not signed by the cluster's authority
checkpoint-text-malformed = the text of a signed checkpoint is malformed
checkpoint-elsewhere = a checkpoint of { $expected_log } after { $expected_size } entries was expected, not one of { $log } after { $size }
checkpoint-root-differs = the signed root over { $size } entries is { $signed }, but the entries read have the root { $read }

# Reading an invitation.
invitation-malformed = an invitation is one line that begins with { $prefix }
invitation-damaged = the invitation is damaged: characters are missing, wrong or added
invitation-of-another-version = the invitation was made by another version of this program
    .remedy = use the version of the program that issued the invitation

# People who act on themselves.
person-invites-itself = { $who } cannot invite themselves
    .remedy = ask another administrator or operator

# Roles.
role-administrator = administrator
role-publisher = publisher
role-reviewer = reviewer
role-consumer = consumer
role-approver = approver
role-auditor = auditor
role-operator = operator
role-consenter = consenter
role-authority = authority
role-unknown = '{ $text }' is not a role; the roles are { $known }
role-missing = a person needs at least one role
role-alone = the role { $role } cannot be combined with another role
role-without-department = the role { $role } cannot be limited to a department such as { $department }
rights-of-department = { $roles } of { $department }
certificate-serial-malformed = '{ $text }' is not the serial number of a certificate; it has 32 hexadecimal digits

# Membership.
membership-active = active
membership-suspended = suspended
membership-removed = removed
membership-status-unknown = '{ $text }' is not a membership status
membership-status-fixed = the status of a member cannot change from { $from_status } to { $status }
    .remedy = list the members with 'chengji-coordinator member list'
membership-status-final = the status of a removed member cannot change to { $status }
    .remedy = invite the city again with 'chengji-coordinator member invite'
member-unknown = { $city } is not a member of this cluster
    .remedy = check the code; the coordinator's operators list members with 'member list' and invite a city with 'member invite'
member-suspended = { $city } has been suspended since { $since }: { $reason }
    .remedy = ask the coordinator's operators to resume the city's membership
member-removed = { $city } was removed at { $since }: { $reason }
    .remedy = check the code; the coordinator's operators list members with 'member list' and invite a city with 'member invite' again
person-not-in-cluster = { $who } is not among the cluster's people
    .remedy = ask the coordinator's operators for a new invitation
certificate-revoked = the certificate { $serial } of { $who } is revoked
    .remedy = use the most recent certificate, or ask for a new invitation
roster-too-old = the coordinator was last reached { $age } h ago; without it, the roster is valid for { $grace } h
audit-chain-broken = denial { $number } does not follow the one listed before it: an audit entry was changed or removed
    .remedy = compare with a backup, and find out who has access to the data directory
