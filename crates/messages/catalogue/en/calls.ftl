# Calls to other programs, and lists.
no-answer-in-time = no answer within { $seconds } s
cursor-invalid = the cursor does not belong to this list
    .remedy = start again from the first page
