# Searching the directory.

query-too-long = the query has { $length } characters; at most { $most } are allowed
query-too-many-words = the query has { $words } words; at most { $most } are allowed
wanted-items-too-many = { $count } items are wanted; at most { $most } are allowed
wanted-item-too-long = the name of a wanted item has { $length } characters; at most { $most } are allowed
facet-theme = theme
facet-value-unknown = '{ $value }' is not a value of the facet { $facet }
facet-values-too-many = the filter by { $facet } has { $count } values; at most { $most } are allowed
facet-missing = a facet is not named
facet-twice = the facet { $facet } is filtered by twice
