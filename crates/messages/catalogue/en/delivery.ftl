# Grants that a delivery needs.

grant-ended = the grant of request { $request } ended at { $until }
grant-closed = request { $request } was closed by its consumer, which ended the grant
request-not-granted = request { $request } is { $state }, not granted
    .remedy = see 'request show { $request }': wait for the provider's answer, or submit a new request if this one was refused or has ended
granted-terms-not-enforced = the grant of request { $request } has terms that this node cannot enforce, so nothing is delivered: { $kinds }
    .remedy = ask the provider to upgrade its node, or to grant again without these terms
no-grant-known = { $provider } has no grant for { $consumer } under request { $request }
fetched-by-consumer-only = request { $request } was made by { $consumer }; only that city can fetch under it
grant-of-request = the grant of request { $request }
grants-of-entry = every grant for the entry { $entry }
delivery-revoked = { $grant } was revoked: { $reason }
delivery-suspended = { $grant } is suspended: { $reason }
delivery-stopped-for-incident = { $grant } is suspended for a security incident: { $reason }
delivery-awaits-provider = { $grant } awaits the provider's confirmation: the provider's log was restored from a backup that lacks it, or how often it was used
too-many-deliveries = { $count } deliveries to { $consumer } are already under way
    .remedy = wait until one of them has finished
mount-record-unmeasured = the mount of { $entry } is recorded without a measurement of its source

# Where a delivery begins.

offset-past-end = offset { $offset } is past the end at { $end }

# Handing on a received file.

received-file-shortened = the file received under request { $request } has become shorter
    .remedy = fetch it again, without --if-changed
received-file-missing = the folder of received files has no file of request { $request }
    .remedy = fetch it first
received-file-unreadable = the file received under request { $request } cannot be read: { $cause }
    .remedy = check that the node may read its folder of received files
caller-takes-no-more = the caller has stopped receiving data

# What another city's node sends.

delivery-piece-size = a piece has { $bytes } bytes; must be 1 to { $most }
delivery-piece-misplaced = a piece was sent for offset { $offset } instead of { $expected }
delivery-larger-than-announced = more than the announced { $bytes } bytes were sent
delivery-piece-damaged = the piece at { $offset } is damaged: its CRC-32C is wrong
delivery-incomplete = only { $arrived } of { $bytes } bytes were sent
delivery-digest-wrong = the content does not match the announced digest
delivery-without-offer = the delivery does not begin with an offer
delivery-second-offer = a second offer was sent within the delivery
delivery-empty-part = an empty part was sent within the delivery
offer-invalid = the offer is not valid: { $cause }
offer-of-another-entry = { $offered } was offered instead of { $entry }
offer-misplaced = the offer begins at offset { $offset } of { $bytes } bytes, which was not requested
delivery-stream-ended = the stream ended early
provider-does-not-deliver = the node of { $provider } did not deliver: { $cause }
    .remedy = check that the node runs and can be reached, then fetch { $request } again; what has arrived is kept
fetch-ended-early = the fetch failed in its last step: { $cause }

# Room on the consumer's disk.

announced-far-above-measured = the node of { $provider } announces { $bytes } bytes, but the directory lists { $measured } bytes as measured
    .remedy = ask { $provider }; if the file really is that large, fetch it with --allow-size { $bytes }
file-above-limit = the file has { $bytes } bytes; this node takes files of at most { $most } (setting receiving.file_limit)
    .remedy = ask the node's operator to raise the limit
received-above-limit = received files take { $received } of { $most } bytes (setting receiving.received_limit) and fetches under way { $outstanding } more; another { $missing } bytes do not fit
    .remedy = remove received files that are not needed, or ask the node's operator to raise the limit
disk-full-for-fetch = the disk of received files has { $free } bytes free, of which { $reserve } are kept for the database; { $wanted } bytes do not fit
received-folder-unreadable = cannot read { $path }: { $cause }
    .remedy = check that the node may use the folder, or set 'received' to another one
received-folder-unwritable = cannot write { $path }: { $cause }
    .remedy = check that the node may write there, or set 'received' to another folder
grant-suspended-to-mend = the grant of request { $request } is suspended until a misuse is mended
    .remedy = see 'request show'; report the mending with 'request report-mended'
grant-terminated = the grant of request { $request } was ended by the provider
