# Return flow: data that an upper-level member returns to its lower divisions.

area-return-flow = return flows
act-declare-return-flow = return flow
act-end-return-flow = end of a return flow
return-flow-not-below = { $city } is not a lower division of { $provider }; data is returned to lower divisions only
    .remedy = for other cities, answer their requests, or set a rule with 'chengji-node grant-rule set'
return-flow-without-lower = { $provider } has no lower divisions that may be members
return-flow-not-shared = { $code } is not shared, or was withdrawn; it cannot have a return flow
return-flow-is-running = the data of { $code } is already returned under { $flow }
    .remedy = end that return flow first: 'chengji-node return-flow end'
return-flow-not-found = there is no running return flow of { $code }
return-flow-not-of-city = the coordinator's log contains an act on the return of { $code } that this city never recorded
return-flow-conditions = the data is returned under { $flow }; a grant to a lower division may not set conditions besides its rows (Order 809, art. 24)
    .remedy = grant without conditions, limits or duties
return-flow-declared = return of { $code } to { $to }: { $rows }
return-flow-ended-bare = end of the return of { $code }
return-flow-ended = end of the return of { $code }: { $reason }; consultation: { $consultation }
return-flow-shown = to { $to }: { $rows }
returned-to-all = all lower divisions
fact-return-flow-changed = { $act }, { $actor }
fact-return-flow-noted = noted of { $provider }: { $act }
column-return-flow = return flow
column-returned-to = to
column-returned-rows = rows returned
column-return-awaited = not fetched yet
