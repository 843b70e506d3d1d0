# What can be wrong with a catalogue entry.

catalogue-secret-entry = a state secret or work secret is no government data to share (Order 809, article 3); none of the entry was kept
    .remedy = remove the entry from the file
catalogue-field-missing = the field is required but empty
    .remedy = fill it in
catalogue-value-unknown = the value is unknown
    .remedy = use one of: { $terms }
catalogue-code-invalid = { $cause }
    .remedy = write the digits of the classification, '/' and a serial number, 8 to 40 digits in all, such as 307012/000001
catalogue-classification-invalid = { $cause }
    .remedy = write the class, section, division and, where there is one, subdivision, such as 3/07/012 or 1/01/003/02
catalogue-provider-code-invalid = { $cause }
    .remedy = copy the code from the department's credit code certificate
catalogue-code-outside-classification = the code does not begin with the digits of its classification { $classification }
    .remedy = write { $digits }/ and a serial number
catalogue-condition-needless = an unconditional resource must not have a share condition
    .remedy = empty the field, or change the share class to { $class }
catalogue-text-of-other-class = only a resource of the share class { $class } has this text
    .remedy = empty the field, or change the share class to { $class }
catalogue-manner-needless = a resource that is not shared must not have a share manner
    .remedy = empty the field
catalogue-basis-not-cited = a resource that is not shared must cite a law, an administrative regulation or a decision of the State Council
    .remedy = name it in 《》, with its article
catalogue-open-condition-needless = a resource that is not open to the public must not have a condition for opening
    .remedy = empty the field, or write { $yes } for open to the public
catalogue-date-invalid = not a valid date
    .remedy = write the date as YYYY-MM-DD, such as 2026-03-18
catalogue-too-many-related-codes = { $count } related codes; an entry has at most { $most }
    .remedy = keep the { $most } most important ones
catalogue-volume-invalid = not a whole number from 0 to { $most }
    .remedy = write digits only, or leave the field empty

# The items of an entry.

catalogue-too-many-items = { $count } items; an entry has at most { $most }
    .remedy = divide the resource into several entries
catalogue-item-class-missing = the item has its own share condition or manner but no share class
    .remedy = write name:type(length):class:condition:manner
catalogue-item-manner-needless = an item that is not shared must not have a share manner
    .remedy = leave the manner out
catalogue-item-stricter = the item '{ $item }' is { $class }; an entry is as strict as its strictest item
    .remedy = change the share class of the entry to { $term }, or make that of the item less strict
catalogue-item-condition-needless = an unconditional item must not have a condition
    .remedy = leave the condition out, or change the share class of the item to { $class }
catalogue-item-condition-missing = a conditional item of an entry that is not shared needs its own condition
    .remedy = write the condition after the share class
catalogue-item-basis-not-cited = an item that is not shared must cite a law, an administrative regulation or a decision of the State Council
    .remedy = name it in 《》, with its article, or leave it out where the entry cites it
