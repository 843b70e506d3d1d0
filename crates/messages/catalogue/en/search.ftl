# The search index.

cursor-expired = the list has changed since, and its position is no longer kept
search-folder-unusable = the folder { $path } of the search index cannot be used: { $cause }
search-index-missing = the search index is being built
    .remedy = try again shortly; 'status' shows the progress
search-index-of-another-version = the search index was built by another version of the program
search-index-unreadable = the search index cannot be read: { $cause }
    .remedy = it is built anew from the catalogue; try again shortly
search-index-unwritable = the search index cannot be written: { $cause }
