# Moves that are not open. The advice says whose turn it is.

entry-move-of-unknown = cannot { $wanted }: the entry does not exist
    .remedy = have a publisher save the entry
entry-move-of-draft = cannot { $wanted } now: the entry is a draft
    .remedy = have a publisher submit it or take it back
entry-move-of-submitted = cannot { $wanted } now: the entry has been submitted
    .remedy = have a reviewer approve or return it, or a publisher take it back
entry-move-of-returned = cannot { $wanted } now: the entry has been returned
    .remedy = have a publisher correct it, or submit it again as it is
entry-move-of-taken-back = cannot { $wanted } now: the entry has been taken back
    .remedy = have a publisher revise it, or submit it again
entry-move-of-published = cannot { $wanted } now: the entry is published
    .remedy = have a publisher revise it
entry-move-of-withdrawal-asked = cannot { $wanted } now: withdrawal of the entry has been requested
    .remedy = have a reviewer approve or return the request, or a publisher take it back
entry-move-of-withdrawn = cannot { $wanted }: the entry has been withdrawn
    .remedy = publish a new resource under another code
entry-revisions-exhausted = the entry has used up its revision numbers
review-of-own-work = { $reviewer } wrote or submitted the revision and cannot review it
    .remedy = have another reviewer review it
