# Settings.
settings-wrong =
    { $count ->
        [one] 1 mistake
       *[other] { $count } mistakes
    } in the settings
settings-file-wrong =
    { $count ->
        [one] 1 mistake
       *[other] { $count } mistakes
    } in the settings in { $path }
settings-unreadable = the settings cannot be read: { $cause }
settings-flags-unreadable = the command-line options cannot be read as settings: { $cause }
settings-file-missing = the file { $path } does not exist
    .remedy = write it in TOML, starting from the commented example that comes with the program, or name another file
settings-file-unreadable = the file { $path } cannot be read: { $cause }
    .remedy = make it a UTF-8 text file that this user may read
settings-file-not-toml = the file { $path } is not valid TOML
settings-variable-not-text = the environment variable { $name } is not UTF-8 text
setting-missing = is missing
setting-missing-variable = is missing; it may also come from { $variable }
setting-unknown = no such setting; the settings here are { $known }
setting-value-unknown = '{ $found }' is not one of { $known }
setting-value-wrong = { $cause }
setting-out-of-range = { $found }; must be { $least } to { $most }
setting-too-small = { $found }; must be at least { $least }
setting-empty = is empty
setting-folder-missing = { $path } is not a folder

# Files.
file-exists = { $path } already exists
    .remedy = name another place, or move it away
file-unwritable = cannot write { $path }: { $cause }
    .remedy = name a place that this user may write to
file-disk-full = cannot write { $path }: { $cause }
folder-blocked = the folder { $path } cannot be created
    .remedy = move away the file that has this name or that of a folder above, or name another folder

# Code tables in files.
tables-folder-unreadable = cannot be read as a folder: { $cause }
tables-file-unknown = no such table; the tables are { $known }
tables-file-unreadable = cannot be read: { $cause }
tables-file-too-large = has { $bytes } bytes; a table has at most { $most }
tables-file-not-utf8 = is not in UTF-8; save it as 'CSV UTF-8'

# The process.
log-filter-invalid = '{ $filter }' is not a log filter: { $cause }
    .remedy = use a level such as info, or a list such as info,h2=warn
log-set-up-already = logging is already set up: { $cause }
signal-unavailable = cannot listen for the signal { $signal }: { $cause }
core-dumps-unavoidable = core dumps cannot be turned off: { $cause }
    .remedy = run the program where prctl and setrlimit are allowed
metrics-address-unusable = cannot serve metrics at { $address }: { $cause }
    .remedy = set another address for metrics, or stop the program that uses it
metrics-failed = metrics cannot start: { $cause }
job-broke-off = a background task was interrupted: { $cause }
caller-gone = the caller has disconnected
