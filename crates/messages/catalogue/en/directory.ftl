# Searching the directory.

query-too-long = the query has { $length } characters; at most { $most } are searched
share-class-unknown = share class { $value } is unknown; there are 1, 2 and 3
