# The frame of a command line: headings of the help, and notes beside arguments.

usage-heading = Usage:
commands-heading = Commands:
arguments-heading = Arguments:
options-heading = Options:
usage-options = OPTIONS
usage-command = COMMAND
usage-see-help = For more information, try '--help'.
possible-values = [possible values: { $values }]
possible-values-heading = Possible values:
argument-default = [default: { $value }]
argument-variable = [env: { $variable }]

# A command line that cannot be read.

argument-unknown = there is no argument '{ $argument }'
argument-value-missing = '{ $argument }' needs a value
argument-value-unknown = '{ $given }' is not a value of '{ $argument }'
argument-value-invalid = '{ $given }' is not a valid value of '{ $argument }': { $cause }
argument-equals-missing = '{ $argument }' takes its value after an equals sign
argument-values-too-many = '{ $argument }' takes no further value such as '{ $given }'
argument-values-too-few = '{ $argument }' needs more values
argument-repeated = '{ $argument }' may be given only once
argument-in-conflict = '{ $argument }' cannot be given together with { $others }
arguments-in-conflict = '{ $argument }' cannot be given together with another argument
arguments-missing = required arguments are missing: { $arguments }
argument-not-utf8 = an argument is not valid UTF-8
arguments-unreadable = the arguments cannot be read: { $cause }
command-unknown = there is no command '{ $command }'
command-missing = a command is missing
similar-exists = did you mean '{ $similar }'?
not-whole-number = must be a whole number
not-socket-address = must be an IP address and a port, such as 127.0.0.1:7430
number-out-of-range = must be { $least } to { $most }, not { $number }
number-too-small = must be { $least } or more, not { $number }

# How a failure is reported.

failure-message = error: { $message }
failure-violation = { $field }: { $problem }
failure-remedy = remedy: { $remedy }
failure-code = code: { $code } ({ $title })
failure-code-of-call = code: { $code } ({ $title }), request { $request }

exit-codes-heading = Exit codes:
exit-code-done = done
exit-code-us = a fault of this program, its machine or its data
exit-code-usage = the command line is wrong
exit-code-caller = a value is wrong, or the object does not exist
exit-code-policy = a rule or a grant does not allow it
exit-code-peer = a fault of the other side or of the network
exit-code-busy = busy, or changed in the meantime: try again later

# Output.

output-unwritable = the answer cannot be written to standard output: { $cause }
    .remedy = check where standard output is redirected to, and run the command again
program-cannot-start = the program cannot start its threads: { $cause }
