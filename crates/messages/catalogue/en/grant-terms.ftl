# Terms of grants: how they are kept, what they say, and refusals by them.

keeping-enforced = enforced by the provider's node
keeping-vouched = vouched for by the consumer's node
keeping-agreed = agreed; asked about in usage records
term-visible-range = limit on the visible range
term-usable-range = limit on the usable range
term-kept = { $term } ({ $keeping })
grant-shown-until = until { $until }
said-with-term = { $said }; { $term }
term-shown-file = content: the whole file
term-shown-count = { $count ->
        [one] one fetch in all
       *[other] { $count } fetches in all
    }
term-shown-rate = { $count ->
        [one] one fetch { $period }
       *[other] { $count } fetches { $period }
    }
term-shown-period = { $days ->
        [one] use for one day from the first delivery
       *[other] use for { $days } days from the first delivery
    }
term-shown-connectors = fetched by { $who } only
term-shown-users = users: { $who }
term-shown-operations = operations: { $names }
term-shown-visible-range = visible to: { $range }
term-shown-usable-range = used within: { $range }
term-shown-notify = the provider is notified of each use
term-shown-destroy = { $days ->
        [one] destroyed within one day after the end
       *[other] destroyed within { $days } days after the end
    }
term-shown-records = a usage record { $months ->
        [one] every month
       *[other] every { $months } months
    }, kept for { $years } years
period-seconds = { $count ->
        [one] per second
       *[other] in { $count } seconds
    }
period-minutes = { $count ->
        [one] per minute
       *[other] in { $count } minutes
    }
period-hours = { $count ->
        [one] per hour
       *[other] in { $count } hours
    }
period-days = { $count ->
        [one] per day
       *[other] in { $count } days
    }
period-unknown = a rate is written COUNT/PERIOD, with the period minute, hour, day or week, or a number of seconds, such as 4/day or 10/3600
grant-term-out-of-range = { $term }: { $number } is not within { $least } to { $most }
grant-term-not-sized = { $term }: a list of 1 to { $most } is needed
grant-term-foreign = { $term }: { $who } is none of { $consumer }, the consumer
    .remedy = connectors are nodes and applications of the consumer, users its people, applications and departments
grant-term-text = { $term }: { $fault }
voucher-missing = the grant limits users or operations, and the consumer's node named none
    .remedy = upgrade the consumer's node
operation-not-permitted = the grant permits the data for these operations only: { $permitted }
    .remedy = name one of them: 'fetch' with --operation
user-not-permitted = the grant does not permit { $who } to use the data
    .remedy = see 'request show' for the permitted users; ask for an amendment for others
connector-not-permitted = the grant does not permit { $who } to fetch the data
grant-count-used = the grant permits { $count ->
        [one] one fetch, which was made
       *[other] { $count } fetches, which were made
    }
    .remedy = hand on what was received, or ask for an amendment
grant-rate-exceeded = the grant permits { $count ->
        [one] one fetch { $period }
       *[other] { $count } fetches { $period }
    }; the next one from { $from }
grant-period-over = the period of use that began with the first delivery ended at { $ended }
    .remedy = ask for an amendment, or close the request
transfer-superseded = a later transfer under this grant took the place of this one
    .remedy = wait for that transfer; a grant with a limit on fetches is fetched by one transfer at a time
fact-use-vouched = vouched for a fetch under { $request }: { $voucher }
voucher-user = { $who }
voucher-of-department = { $user }, department { $department }
voucher-with-operation = { $user }, for { $operation }
column-vouched = vouched by the consumer

# Rules for automatic grants.

area-grant-rule = rules for automatic grants
department-kind-malformed = '{ $text }' is not a kind of department: the first two characters of a credit code, such as 11
grant-rule-not-sized = a rule has 1 to { $purposes } purposes and at most { $kinds } kinds of departments
grant-rule-not-conditional = { $code } is not shared conditionally, so it has no rule
grant-rule-consent-by-same-person = grants of { $code } by its rule need the consent of a second person: { $who } set the rule
    .remedy = another consenter of the department gives the standing consent
grant-rule-not-found = there is no rule for automatic grants of { $code }
fact-grant-rule-set = set the rule for automatic grants of { $code }, revision { $revision }, { $actor }
fact-grant-rule-ended = ended the rule for automatic grants of { $code }: { $reason }, { $actor }
column-department-kinds = kinds of departments
column-purposes = purposes
column-max-days = most days
