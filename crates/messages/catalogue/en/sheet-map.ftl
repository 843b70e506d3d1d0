# Maps of other layouts.
map-needed = { $file } contains JSON lines, whose members are not fields by themselves
    .remedy = propose a map with 'catalogue map FILE > layout.toml', fill it in, and import with --map layout.toml
map-needless = { $file } is JSON-LD, whose terms have their meaning without a map
    .remedy = leave --map out, or name another file
map-too-large = { $file }: a map has at most { $most } MB
    .remedy = name the map after --map and the catalogue before it
map-not-utf8 = { $file } is not text in UTF-8
    .remedy = save the map as UTF-8
map-not-toml = { $file }: line { $line } is not TOML: { $cause }
    .remedy = write [field], then keys such as from = "column"
map-header-differs = { $file }: the header in line { $line } does not fit the map { $map }
    .remedy = the columns of the file are: { $columns }
map-fits-no-record = { $file } does not fit the map { $map }: no record has a member that the map names
    .remedy = propose a map with 'catalogue map FILE > layout.toml', and fill it in
map-member-of-secrecy = { $file } does not fit the map { $map }: a member may show which records are secret
    .remedy = name the member under [secret] in the map, or remove it from the file
map-members-unused = the map does not use these members: { $members }
map-column-unused = the map does not use the column '{ $heading }'
map-column-missing = the file has no such column
map-columns-alike = columns { $first } and { $second } both have this heading
map-number-invalid = the code is formed from the number in '{ $column }', which must have at most { $digits } digits
    .remedy = write a different number for each row, or raise 'digits' in the map
map-digest-of-nothing = the code is formed from '{ $column }', which is empty
    .remedy = fill in a value that distinguishes this row from the others
map-object-not-a-value = it is an object instead of a value
    .remedy = name one of its members in the map, such as organization.title

# What is wrong with a map, or still to be filled in.
map-unfinished = { $file }: the map has { $count ->
        [one] 1 place
       *[other] { $count } places
    } to fill in or correct
    .remedy = fill in or correct these places, and try again
map-unfinished-and-more = { $file }: the map has { $count } places to fill in or correct; these are the first
    .remedy = fill in or correct these places, and try again
map-place = line { $line } [{ $section }]
map-place-of-key = line { $line } [{ $section }] { $key }
map-rule-missing = the field is required: add [{ $field }] with 'from' or 'value': { $allowed }
map-field-not-a-section = each field is a section: write [field] and its keys below it
map-field-unknown = there is no such field; the fields are { $fields }
map-key-unknown = there is no such key; the keys are { $keys }
map-key-of-field = this key belongs to [{ $field }] only
map-key-of-from = this key can only be used with 'from'
map-source-missing = the source of the value is missing: write 'from' or 'value': { $allowed }
map-sources-several = only one of these may give the source of the value: { $keys }
map-value-to-fill-in = still to be filled in: { $allowed }
map-default-to-fill-in = still to be filled in, or to be deleted: { $allowed }
map-text-to-fill-in = still to be filled in
map-values-to-fill-in = { $count ->
        [one] 1 value is
       *[other] { $count } values are
    } still to be filled in, or to be deleted: { $values }. { $allowed }
map-values-to-fill-in-and-more = { $count } values are still to be filled in, or to be deleted: { $values } and { $more } more. { $allowed }
map-value-wrong = '{ $value }': { $problem }; { $allowed }
map-not-a-text = write a text in quotation marks
map-not-texts = write a text in quotation marks, or a list of them, none of them empty
map-not-a-table = write a table: [field.values], then "value in the file" = "its meaning"
map-not-a-number = write a whole number from { $least } to { $most }
map-not-a-flag = write true or false

# Remarks in a proposed map.
map-proposal-of = Map of { $file }
map-proposal-fill-in = Fill in every "", then: chengji-node catalogue import FILE --map THIS --dry-run
map-proposal-unused = Not used yet: { $columns }
map-proposal-field = { $heading }: { $allowed }
map-proposal-also = may also come from: { $column }
map-proposal-default = empty in { $rows ->
        [one] 1 row
       *[other] { $rows } rows
    }: write the default, or delete this line to have them reported
map-proposal-formats = unknown format names
map-proposal-types = one of { $types }
map-proposal-digest = the classification and a digest of this column
map-proposal-number = the classification and this number of each row
map-proposal-by-column = or by a column, in place of the line above:
map-proposal-more-values = and more values that are not listed
