# People and their rights.
person-not-found = there is no person '{ $name }' here
    .remedy = look at 'person list'
person-exists = { $who } already exists
    .remedy = give the person another name, or remove the existing one
person-removed = { $who } has been removed
    .remedy = invite the person again
person-of-another-kind = { $who } cannot be given { $rights }: operators and auditors are separate
    .remedy = remove the person and invite it in the other role
person-changes-own-rights = { $who } cannot change its own rights
    .remedy = another administrator or operator has to do it
person-removes-itself = { $who } cannot remove itself
    .remedy = another administrator or operator has to do it
step-broke-off = the step was broken off

# Invitations.
invitation-unknown = the invitation is not known here: it was taken back, or is of another program
invitation-altered = the invitation was altered
invitation-used = the invitation was used at { $at }
invitation-expired = the invitation expired at { $at }
invitation-hours-out-of-range = an invitation is valid for 1 to { $most } h, not { $hours } h

# Certificates that were issued.
certificate-not-issued-here = the certificate of { $who } was not issued here
    .remedy = ask for an invitation
certificate-ended = the certificate of { $who } has ended
    .remedy = ask for a new invitation
certificate-renewed-already = the certificate of { $who } was already renewed: { $newer } came after it
    .remedy = if nobody here renewed it, its key was copied: have it invited again
certificates-too-many = { $who } has { $number } certificates that have not ended
    .remedy = wait until some have ended, or have it invited again
certificate-renewed-too-often = { $who } renews too often
certificate-request-for-another = the request names '{ $named }', but is for { $who }

# The signature under the roster.
checkpoint-unsigned = a checkpoint is not signed by the cluster's authority
checkpoint-text-malformed = the text of a signed checkpoint is malformed
checkpoint-elsewhere = the checkpoint after { $expected_size } entries of { $expected_log } is one after { $size } entries of { $log }
checkpoint-root-differs = the signed root over { $size } entries is { $signed }, that of the entries that were read is { $read }

# Reading an invitation.
invitation-malformed = an invitation begins with { $prefix } and is one line
invitation-damaged = the invitation is damaged: a character is missing, wrong or too many
invitation-of-another-version = the invitation is of another version of this program
    .remedy = use the version of whoever invited you

# People who act on themselves.
person-invites-itself = { $who } cannot invite itself
    .remedy = another administrator or operator has to do it

# Roles.
role-administrator = administrator
role-publisher = publisher
role-reviewer = reviewer
role-consumer = consumer
role-approver = approver
role-auditor = auditor
role-operator = operator
role-unknown = '{ $text }' is not a role: one of { $known }
role-missing = a person needs at least one role
role-alone = the role { $role } cannot be combined with another role
role-without-department = the role { $role } does not belong to a department, and so not to { $department }
rights-of-department = { $roles } of { $department }
certificate-serial-malformed = '{ $text }' is not the serial number of a certificate: 32 hexadecimal digits

# Membership.
membership-active = active
membership-suspended = suspended
membership-removed = removed
membership-status-unknown = '{ $text }' is not a membership status
membership-status-fixed = a member that is { $from_status } cannot become { $status }
    .remedy = look at the members with 'chengji-coordinator member list'
membership-status-final = a member that is removed cannot become { $status }
    .remedy = invite the city again with 'chengji-coordinator member invite'
member-unknown = { $city } is not a member of this cluster
    .remedy = the coordinator's operators can invite the city
member-suspended = { $city } is suspended since { $since }: { $reason }
    .remedy = the coordinator's operators can let the city take part again
member-removed = { $city } is removed since { $since }: { $reason }
    .remedy = the coordinator's operators can invite the city again
person-not-in-cluster = { $who } is not among the people of this cluster
    .remedy = the coordinator's operators can invite the person again
certificate-revoked = the certificate { $serial } of { $who } is revoked
    .remedy = use the certificate that was issued last, or ask for a new invitation
roster-too-old = the coordinator was last reached { $age } h ago; without it the list of members is valid for { $grace } h
