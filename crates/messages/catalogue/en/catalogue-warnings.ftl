# What a reviewer would ask about a valid entry.

warning-abstract-repeats-name = the abstract only repeats the name
    .remedy = describe the content, coverage and start date of the data
warning-abstract-short = an abstract of { $length ->
        [one] 1 character
       *[other] { $length } characters
    } hardly describes the data
    .remedy = describe the content, coverage and start date of the data
warning-condition-scopeless = the condition names neither users, nor a purpose, nor a part of the data
    .remedy = name who may use the data, for what, or which part is shared
warning-basis-not-a-law = the basis does not look like a law, an administrative regulation or a decision of the State Council
    .remedy = cite one in 《》; name the issuer of a rule of the State Council, such as 国务院令第711号
warning-basis-without-article = the law is cited without the article that forbids sharing
    .remedy = add the article, such as 第二十八条
warning-published-in-future = the date of publication is in the future
    .remedy = give the day on which the entry was first published
warning-published-too-early = the date of publication is before { $year }
    .remedy = give the day on which the entry was first published
warning-open-not-shared = the resource is not shared within the government, but is open to the public
    .remedy = write { $no } for open to the public, or change the share class
warning-real-time-by-hand = real-time data are provided by mail or on a medium
    .remedy = share them in one of the manners { $terms }, or correct the update cycle
warning-item-number-long = a number of { $length } digits exceeds what databases usually store
    .remedy = correct the length, or make the item a text
warning-item-date-long = a date of { $length } characters is longer than usual
    .remedy = correct the length, or leave it out
warning-item-name-twice = two items have the same name
    .remedy = give each item a different name

# Warnings that take the rest of the catalogue to know.

warning-provider-changes = the entry has belonged to { $name } { $code } until now
    .remedy = check that the file is of this city and that the provider has changed
warning-source-unchanged = the mounted data have been the same for { $days ->
        [one] 1 day
       *[other] { $days } days
    }
    .remedy = correct the update cycle ({ $cycle } would fit), or find out why the data are not updated
warning-source-changes = the mounted data change { $days ->
        [0] more than once a day
        [one] daily
       *[other] every { $days } days
    } on average
    .remedy = correct the update cycle; { $cycle } would fit
warning-same-name = the provider already has a resource of this name: { $place }
    .remedy = use the code of that entry if it is the same resource, or give this one another name
warning-same-items = another provider has a resource of this name with the same items: { $place }
    .remedy = agree with that department on one source for the resource
warning-place-line = { $code } in line { $line }
warning-place-catalogue = { $code } in the catalogue
warning-department-name = the department of this credit code is named '{ $name }' in { $code }
    .remedy = use one name for a department, or check the code
warning-related-to-itself = the resource is related to itself
    .remedy = remove the entry's own code
warning-related-unknown = neither the catalogue nor this import has an entry of this code
    .remedy = check the code
warning-still-returned = a reviewer returned this content, so it is not submitted again unchanged: { $reason }
    .remedy = correct it as the reviewer asked and import it again, or submit it as it is with 'chengji-node catalogue submit CODE'
warning-still-returned-due = a reviewer returned this content, to be corrected by { $due }, so it is not submitted again unchanged: { $reason }
    .remedy = correct it as the reviewer asked and import it again, or submit it as it is with 'chengji-node catalogue submit CODE'
warning-published-already = this content is already published, and revision { $newest } is { $state }; both stay as they are
    .remedy = to discard revision { $newest }, take it back with 'chengji-node catalogue take-back CODE'
