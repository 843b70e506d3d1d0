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

# What a submission lacks. The articles are those of the Regulations on Government Data Sharing (State Council Order 809).

submission-incomplete = the entry cannot be submitted: papers or conditions are missing
    .remedy = import the entry again with them, or name the consent with --consent
submission-without-scope = a conditional resource lists the scope of its sharing (Order 809, article 15)
    .remedy = fill in the share condition: who may use the resource
submission-without-uses = a conditional resource lists the uses it is shared for (Order 809, article 15)
    .remedy = fill in the uses, or give them for all rows with --uses
submission-without-reason = a resource that is not shared lists the reason (Order 809, article 15)
    .remedy = fill in the reason, or give it for all rows with --not-shared-reason
submission-without-article = a resource that is not shared names the article of the law, administrative regulation or State Council decision (Order 809, articles 14 and 15)
    .remedy = add the article after the title in 《》
submission-without-secrecy-assessment = the secrecy risk is assessed before an entry is submitted (Order 809, article 13)
    .remedy = fill in the outcome and the document, or give them for all rows with --secrecy-assessment and --document
submission-without-personal-information-assessment = the impact on personal information is assessed before an entry is submitted (Order 809, article 13)
    .remedy = fill in the outcome and the document, or give them for all rows with --personal-information-assessment and --document
submission-without-consent = the head of the department consents before an entry is submitted (Order 809, article 13)
    .remedy = give the number of the document with --consent, or submit as the head with --consent-own

# Changes that an entry has to follow.

change-of-unpublished = no change can be noted: the entry is not published
    .remedy = put the change into the revision that will be published
change-noted-already = a change of { $on } is noted already; the update is due on { $due }
    .remedy = have a publisher submit a revision that follows both changes
change-in-future = { $on } is after today, { $today }
    .remedy = note the change on the day it takes effect, or later
change-not-noted = no change of the entry is noted
    .remedy = note it first with 'catalogue change-noted'
change-not-extensible = the deadline { $due } is over, or was extended before
    .remedy = have a publisher submit the update
change-extension-out-of-range = { $days } working days; the rule in force allows { $most } at most
    .remedy = name a number of working days up to { $most }
extension-without-consent = an extension needs the consent of the authority (Order 809, article 17)
    .remedy = give the number of its document, or have a person of the authority consent who did not note the change
