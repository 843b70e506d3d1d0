# Mounting sources to entries.
nothing-mounted = nothing is mounted to the entry { $code }
    .remedy = mount a file with 'chengji-node catalogue mount CODE PATH'
nothing-mounted-at-provider = nothing is mounted to the entry { $code } at its provider
    .remedy = ask the providing city to mount a file, then fetch again
mount-changed-meanwhile = another source was mounted to { $code } while this one was being measured
mount-measured-meanwhile = the table of { $code } was measured again while it was being read, and its content is different
mount-without-roots = this node has no mount roots, so nothing can be mounted
    .remedy = name folders in the setting 'mount_roots' and restart the node
mount-outside-roots = { $path } is outside the mount roots, once links are followed
    .remedy = move the file into one of the mount roots: { $roots }
mount-path-invalid = '{ $path }' is not a path
mount-path-too-long = the path has more than { $most } bytes
mount-reading-closed = the node is stopping and does not read any more files
mount-reading-ended = reading { $path } was cancelled
mount-code-twice = the code { $code } is in { $count } lines ({ $lines })
    .remedy = keep one line of each code

# Sources.
source-unreadable = { $path } cannot be read: { $cause }
    .remedy = put the file back, readable for the node, or mount another one
source-not-a-file = { $path } is not a regular file
    .remedy = put the file back, readable for the node, or mount another one
source-changed-while-read = { $path } changed while it was being read
source-name-not-utf8 = the name of { $path } is not UTF-8 text
    .remedy = rename the file
source-name-invalid = the file name '{ $name }' cannot be recorded: { $fault }
    .remedy = rename the file
source-path-not-utf8 = the path { $path } is not UTF-8 text
    .remedy = rename the file or its folder
source-of-resource-unavailable = the source of { $resource } cannot be read; see the provider's log
source-of-resource-changed = the source of { $resource } changed while it was being read

# Mounting many files.
mount-without-start = mounting many files must be sent as one 'start', then 'pairs'
mount-too-many-pairs = at most { $most } files, with { $size } MiB of names, can be mounted at once
    .remedy = split the sheet and mount one part after the other
mount-fits-several = the file matches several entries: { $codes }
    .remedy = pair it with the right one in a sheet (--from)
mount-several-fit = { $count } files match the entry: { $files }
    .remedy = use a pattern that matches only one of them, or pair the right one in a sheet (--from)
mount-several-fit-and-more = { $count } files match the entry: { $files }, …
    .remedy = use a pattern that matches only one of them, or pair the right one in a sheet (--from)
mount-path-unreadable = { $path } cannot be inspected: { $why }
    .remedy = make it readable for the node, or ignore it
mount-cause = { $cause }
mount-folders-too-deep = folders are nested more than { $most } deep
mount-name-not-utf8 = the name '{ $name }' inside is not UTF-8 text
mount-too-many-files = the mount roots contain more than { $most } files and folders
    .remedy = name narrower mount roots, or pair files and codes in a sheet (--from)

# Patterns of file names.
pattern-invalid = '{ $pattern }' is not a pattern of file names: { $why }
    .remedy = write a path below a mount root, such as {"{"}code{"}"}.csv, {"{"}class{"}"}/{"{"}serial{"}"}*.csv or **/{"{"}name{"}"}.xlsx
pattern-length = it must have 1 to { $most } characters
pattern-not-below-root = it must be a path below a mount root
pattern-names-no-entry = it must name an entry once: by {"{"}code{"}"}, by {"{"}class{"}"} and {"{"}serial{"}"}, or by {"{"}name{"}"}
pattern-too-many-stars = it has more than { $most } stars
pattern-brace-open = a {"{"} is not closed
pattern-part-unknown = {"{"}{ $part }{"}"} is unknown
pattern-too-ambiguous = { $path } matches the pattern in too many ways
    .remedy = use a pattern with fewer stars
