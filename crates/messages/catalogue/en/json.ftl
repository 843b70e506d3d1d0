# JSON files.
json-no-object = { $file }: the file holds no JSON object
    .remedy = write one JSON object on each line
json-element-not-an-object = element { $place } of the array is not an object
    .remedy = make each element an object
json-line-too-long = the line has more than { $most } MiB
    .remedy = shorten the texts in it
json-line-not-an-object = the line is not a JSON object: { $reason } at column { $column }
    .remedy = write one object on each line, in UTF-8
json-cut-off = it breaks off
json-malformed = it is not well-formed
json-something-else = it is something else
json-document-too-large = { $file } is one JSON document of more than { $most } MiB
    .remedy = write its records one on each line: { $command }
json-document-linked = { $file } is a JSON document, and looks like JSON-LD
    .remedy = if it is JSON-LD, give it a name that ends in .jsonld
json-document-records-within = { $file } is a JSON document, and neither a list of records nor the data.json of a portal
    .remedy = write its records one on each line: { $command }
json-document-no-records = { $file } is a JSON document without a list of records
    .remedy = export the records as a JSON array, or as one object on each line
json-document-broken = { $file } is a JSON document and cannot be read at line { $line }, column { $column }
    .remedy = it may have been cut off on its way; records on lines of their own take no brackets around them

# JSON-LD files.
dcat-context = the @context
dcat-dataset = dataset { $number }
dcat-context-late = { $file }: @context follows the datasets
    .remedy = put @context first
dcat-datasets-only-named = { $count ->
        [one] 1 dataset is only named and not described; it was
       *[other] { $count } datasets are only named and not described; they were
    } not read
dcat-file-empty = { $file }: the file is empty
    .remedy = give a dcat:Catalog whose dcat:dataset describes each dataset in place
dcat-no-dataset = { $file }: the file holds no dataset
    .remedy = give a dcat:Catalog whose dcat:dataset describes each dataset in place
dcat-lines-are-datasets = lines are datasets in the order of the file, from 1
dcat-part-too-large = { $file }: { $part } has more than { $most } bytes
    .remedy = an entry has at most 32 KiB; correct the file
dcat-unusable = { $file } cannot be read as JSON-LD: { $cause }
    .remedy = export the catalogue again as JSON-LD, in UTF-8
dcat-length-invalid = { $property } is not a whole number from 0 to { $most }
    .remedy = write digits only, or leave it out
dcat-several-values = { $property } is not one plain value
    .remedy = give it one value, and a text without a language
