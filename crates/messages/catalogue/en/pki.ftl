# Keys.
key-unusable = cannot use the key { $path }: { $cause }
key-needs-passphrase = it needs a passphrase
    .remedy = set passphrase_file
key-passphrase-wrong = the passphrase is wrong
    .remedy = correct the content of passphrase_file
key-not-encryptable = the key cannot be encrypted: { $cause }
key-or-certificate-not-made = a key or certificate cannot be generated: { $cause }
key-not-ed25519 = a log must be signed with an Ed25519 key
passphrase-file-empty = the passphrase file { $path } is empty
signature-of-another-key = the signature was not made with this key
signing-request-unusable = the certificate signing request cannot be used: { $cause }
signing-request-too-large = it has more than { $most } bytes

# Certificates.
certificate-unreadable = the certificate cannot be read
certificate-malformed = the certificate is malformed: { $cause }
certificate-unusable = cannot use the certificate { $path }: { $cause }
certificate-of-another-key = it belongs to another key
    .remedy = name a certificate and a key that belong together
certificate-expired = it expired on { $end }
certificate-end-not-a-time = the expiry of the certificate is not a valid time: { $cause }
certificate-name-unusable = '{ $name }' cannot be a name in a certificate
certificate-of-another-authority = the certificate comes with an authority other than the cluster's
certificate-of-another-principal = a certificate of { $found } was received instead of one of { $expected }
certificate-renewal-unproved = the proof was not signed with the certificate's key

# Authorities.
authority-not-one = it is not a CA certificate
    .remedy = obtain an intermediate certificate that may certify subordinate authorities
authority-without-room = its path length of 0 allows no authorities of cities below it
    .remedy = obtain an intermediate certificate that may certify subordinate authorities
authority-cannot-certify = its key usage does not include signing certificates
    .remedy = obtain an intermediate certificate that may certify subordinate authorities
authority-exists = { $path } already exists
    .remedy = name another folder; a new authority would invalidate all issued certificates
city-authority-of-another-key = the certificate of the city's authority belongs to another key
cluster-name-malformed = '{ $name }' is not a valid name of a cluster
    .remedy = use 1 to { $most } of a-z, 0-9, '-', '_', '.'

# Enrolment.
identity-not-lockable = cannot lock { $path }: { $cause }
    .remedy = make sure that this user may write there and that the file system supports locks
identity-of-another = { $path } already belongs to { $who } of { $cluster }
    .remedy = move that folder away, or set CHENGJI_HOME to another one
