# Searching the directory.

query-too-long = the query has { $length } characters; at most { $most } are allowed
share-class-unknown = { $value } is not a share class; the classes are 1, 2 and 3
