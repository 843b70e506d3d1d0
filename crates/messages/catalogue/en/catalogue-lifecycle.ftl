# Moves that are not open. The advice says whose turn it is.

entry-move-of-unknown = there is no such entry, so it is not possible to { $wanted }
    .remedy = a publisher can save the entry
entry-move-of-draft = the entry is a draft; it is not possible to { $wanted } now
    .remedy = a publisher can submit it or take it back
entry-move-of-submitted = the entry is submitted; it is not possible to { $wanted } now
    .remedy = a reviewer has to approve or return it; a publisher can take it back
entry-move-of-returned = the entry is returned; it is not possible to { $wanted } now
    .remedy = a publisher has to correct it, or submit it again as it is
entry-move-of-taken-back = the entry is taken back; it is not possible to { $wanted } now
    .remedy = a publisher can revise it, or submit it again
entry-move-of-published = the entry is published; it is not possible to { $wanted } now
    .remedy = a publisher can revise it
entry-move-of-withdrawal-asked = the withdrawal of the entry is requested; it is not possible to { $wanted } now
    .remedy = a reviewer has to approve or return the request; a publisher can take it back
entry-move-of-withdrawn = the entry is withdrawn; it is not possible to { $wanted }
    .remedy = publish a new resource under a code of its own
entry-revisions-exhausted = the entry has no revision numbers left
review-of-own-work = { $reviewer } wrote or submitted the revision, and nobody reviews their own work
    .remedy = have another reviewer look at it
