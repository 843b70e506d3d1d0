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
