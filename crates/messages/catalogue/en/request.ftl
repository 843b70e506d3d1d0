# Requests and moves that may not be recorded.
request-not-valid = the request is not valid: { $fields }
move-not-valid = the move is not valid: { $fields }
stop-not-valid = the stop or its end is not valid: { $fields }
request-period-out-of-range =
    { $days ->
        [one] 1 day
       *[other] { $days } days
    }; must be 1 to { $most } days
request-manner-not-deliverable = only files are delivered so far
    .remedy = ask for 'file'
request-manner-outside-platform = mail and media are exchanged outside the platform and cannot be requested on it
    .remedy = ask for 'file', or agree on it with the provider directly
