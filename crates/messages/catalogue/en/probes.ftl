# Probes: entries that are shared without conditions are read, counted and compared by another city, on the coordinator's
# order.

area-probe = probes
probe-state-open = open
probe-state-matched = as declared
probe-state-differed = differs
probe-state-unreadable = not readable
probe-state-not-made = not made in time
probe-state-unknown = { $text } is no outcome of a probe; the outcomes are { $known }
probe-difference-declaration = the announced measurement is not in the provider's log
probe-difference-bytes = size
probe-difference-rows = number of rows
probe-difference-content = content
probe-outcome-matched = { $bytes } bytes as declared
probe-outcome-differed = differs in: { $differences }
probe-outcome-unreadable = could not be read: { $problem }
probe-not-of-city = the coordinator ordered no such probe of { $city }
probe-not-ordered = the coordinator has ordered no such probe of { $prober }, or its last day is over
    .remedy = wait for the next order; 'chengji-coordinator probe list --open' lists those that can still be made
probe-not-permitted = { $code } is not probed: only entries that are shared without conditions and are assessed as without risk for personal information are, with a mounted file
probe-under-way = { $prober } is probing other entries of this city
    .remedy = try again when one of those probes has ended
probe-too-large = the provider announces { $announced } bytes; its log declared { $declared } when the probe was ordered
probe-too-slow = the provider did not send the content within { $seconds } seconds
probe-not-in-time = this city's node did not run on the days on which the probe could be made
fact-probe-ordered = probe of { $code } of { $provider } by { $prober }, until { $until }
fact-probe-made = probed { $code } of { $provider }: { $outcome }
fact-probe-noted = noted of { $prober }: { $made }
column-probe-ordered = ordered
column-prober = prober
column-probe-until = until
column-probe-made = made
column-probe-outcome = outcome
