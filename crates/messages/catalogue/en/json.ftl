# JSON files.
json-no-object = { $file } contains no JSON object
    .remedy = write one JSON object on each line
json-element-not-an-object = element { $place } of the array is not an object
    .remedy = make each element an object
json-line-too-long = the line has more than { $most } MiB
    .remedy = shorten its texts
json-line-not-an-object = the line is not a JSON object: { $reason } at column { $column }
    .remedy = write one object on each line, in UTF-8
json-not-the-message = this is not the JSON of { $name }: { $cause }
    .remedy = pass it as a program of the exchange has printed it with --format json
json-cut-off = it ends early
json-malformed = it is not well-formed
json-something-else = it is something else
json-document-too-large = { $file } is one JSON document of more than { $most } MiB
    .remedy = write one record on each line: { $command }
json-document-linked = { $file } is a JSON document and looks like JSON-LD
    .remedy = if it is JSON-LD, rename it to end in .jsonld
json-document-records-within = { $file } is a JSON document, but neither a list of records nor the data.json of a portal
    .remedy = write one record on each line: { $command }
json-document-no-records = { $file } is a JSON document without a list of records
    .remedy = export the records as a JSON array, or as one object on each line
json-document-broken = { $file } is a JSON document and cannot be read at line { $line }, column { $column }
    .remedy = get the file again if it was cut off; records on lines of their own need no brackets around them

# JSON-LD files.
dcat-context = the @context
dcat-dataset = dataset { $number }
dcat-context-late = { $file }: @context comes after the datasets
    .remedy = put @context first
dcat-datasets-only-named = { $count ->
        [one] 1 dataset is only named and not described; it was
       *[other] { $count } datasets are only named and not described; they were
    } not read
dcat-file-empty = { $file }: the file is empty
    .remedy = give a dcat:Catalog whose dcat:dataset describes each dataset in place
dcat-no-dataset = { $file }: the file contains no dataset
    .remedy = give a dcat:Catalog whose dcat:dataset describes each dataset in place
dcat-lines-are-datasets = line numbers are the datasets in the order of the file, from 1
dcat-part-too-large = { $file }: { $part } has more than { $most } bytes
    .remedy = correct the file: an entry has at most 32 KiB
dcat-unusable = { $file } cannot be read as JSON-LD: { $cause }
    .remedy = export the catalogue again as JSON-LD, in UTF-8
dcat-length-invalid = { $property } is not a whole number from 0 to { $most }
    .remedy = write digits only, or leave it out
dcat-several-values = { $property } is not one plain value
    .remedy = give it one value; a text takes no language
