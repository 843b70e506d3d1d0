# Probes: on the coordinator's order, another city reads entries that are shared without conditions, counts them and
# compares them with what the provider declares.

area-probe = probes
probe-state-open = open
probe-state-matched = as declared
probe-state-differed = differs
probe-state-unreadable = not readable
probe-state-not-made = not made in time
probe-state-unknown = { $text } is not an outcome of a probe; the outcomes are { $known }
probe-difference-declaration = the announced measurement is not in the provider's log
probe-difference-bytes = size
probe-difference-rows = number of rows
probe-difference-content = content
probe-outcome-matched = { $bytes } bytes as declared
probe-outcome-differed = differs in: { $differences }
probe-outcome-unreadable = could not be read: { $problem }
probe-not-of-city = the coordinator has not ordered { $city } to make this probe
probe-not-ordered = the coordinator has not ordered { $prober } to make this probe, or its last day is over
    .remedy = wait for the next order; 'chengji-coordinator probe list --open' lists those that can still be made
probe-not-permitted = { $code } is not probed: an entry is probed only if it is shared without conditions, needs no approval of a superior authority, is restricted to no region, is assessed as without risk for personal information, and has a mounted file or table
probe-under-way = { $prober } is probing other entries of this city
    .remedy = try again when one of those probes has ended
probe-too-large = the provider announces { $announced } bytes; its log declared { $declared } when the probe was ordered
probe-too-many-rows = the provider announces { $announced } rows; its log declared { $declared } when the probe was ordered
probe-stream-too-large = the provider announces a stream of { $bytes } bytes, while the table takes at most { $most }
probed-table-without-rows = the provider announces a table without the number of its rows
probed-columns-differ = the stream of the table has other columns than the provider announces
probe-too-slow = the provider did not send the content within { $seconds } seconds
probe-not-in-time = the prober's node did not run on the days on which the probe could be made, or was started again after them
fact-probe-ordered = probe of { $code } of { $provider } by { $prober }, until { $until }
fact-probe-made = probed { $code } of { $provider }: { $outcome }
fact-probe-noted = noted that { $prober } { $made }
column-probe-ordered = ordered
column-prober = prober
column-probe-until = until
column-probe-made = made
column-probe-outcome = outcome
