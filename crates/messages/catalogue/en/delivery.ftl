# Grants that a delivery needs.

grant-ended = the grant of request { $request } ended at { $until }
grant-closed = request { $request } was closed by its consumer, and its grant with it
request-not-granted = request { $request } is not granted: it is { $state }
granted-terms-not-enforced = the grant of request { $request } has terms that this node cannot enforce, and nothing is delivered under it: { $kinds }
    .remedy = the provider upgrades its node, or grants again
no-grant-known = { $provider } has no grant to { $consumer } under request { $request }
fetched-by-consumer-only = request { $request } was made by { $consumer }, which alone fetches
grant-of-request = the grant of request { $request }
grants-of-entry = every grant of the entry { $entry }
delivery-revoked = { $grant } was revoked: { $reason }
delivery-suspended = { $grant } is suspended: { $reason }
delivery-awaits-provider = { $grant } awaits the provider's confirmation: the provider's log was restored from a backup without it
too-many-deliveries = { $count } deliveries to { $consumer } are under way already
    .remedy = wait until one of them has ended
mount-record-unmeasured = the record of { $entry } has no measurement of the mounted source

# Where a delivery begins.

offset-past-end = offset { $offset } is past the end at { $end }

# Handing on a received file.

received-file-shortened = the file received under request { $request } is shorter than it was
    .remedy = fetch it again, without --if-changed
received-file-missing = the node's folder has no file of request { $request }
    .remedy = fetch it first
received-file-unreadable = the file received under request { $request } cannot be read: { $cause }
    .remedy = check that the node may read its folder of received files
caller-takes-no-more = the caller takes no more data

# What another city's node sends.

delivery-piece-size = a piece has { $bytes } bytes; it takes 1 to { $most }
delivery-piece-misplaced = a piece at { $offset } came where { $expected } was next
delivery-larger-than-announced = more than the { $bytes } bytes announced were sent
delivery-piece-damaged = the piece at { $offset } is damaged: its CRC-32C is wrong
delivery-incomplete = { $arrived } of { $bytes } bytes were sent
delivery-digest-wrong = the content does not have the digest announced
delivery-without-offer = the delivery does not begin with an offer
delivery-second-offer = a second offer came within the delivery
delivery-empty-part = an empty part came within the delivery
offer-invalid = the offer is not valid: { $cause }
offer-of-another-entry = { $offered } was offered instead of { $entry }
offer-misplaced = the offer begins at { $offset } of { $bytes } bytes
delivery-stream-ended = the stream ended early
provider-does-not-deliver = the node of { $provider } does not deliver: { $cause }
    .remedy = check that it runs and can be reached, then fetch { $request } again: what has arrived is kept
fetch-ended-early = the fetch failed at its end: { $cause }

# Room on the consumer's disk.

announced-far-above-measured = the node of { $provider } announces { $bytes } bytes, and the directory has { $measured } bytes as measured
    .remedy = ask { $provider }; if the file really is that large, fetch it with --allow-size { $bytes }
file-above-limit = the file has { $bytes } bytes; this node takes files of at most { $most } (setting receiving.file_limit)
    .remedy = ask the node's operator to raise the limit
received-above-limit = received files take { $received } of { $most } bytes (setting receiving.received_limit), fetches under way { $outstanding } more, and { $missing } do not fit
    .remedy = remove received files that are not needed, or have the limit raised
disk-full-for-fetch = the disk of received files has { $free } bytes free, of which { $reserve } are kept for the database; { $wanted } do not fit
received-folder-unreadable = cannot read { $path }: { $cause }
    .remedy = check that the node may use the folder, or set 'received' to another one
received-folder-unwritable = cannot write { $path }: { $cause }
    .remedy = check that the node may write there, or set 'received' to another folder
disk-full-for-file = cannot write { $path }: { $cause }
