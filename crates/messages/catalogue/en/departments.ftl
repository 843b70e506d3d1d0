# Departments of a city that were merged into others.

department-succeeds-itself = { $department } cannot be merged into itself
department-succeeded-ahead = the change is of { $since }, which is later than today, { $today }
    .remedy = record it on that day
department-already-merged = { $department } was merged into { $into } already
    .remedy = see 'department list'; if { $into } was merged further, record that
department-merged-in-circle = { $into } was itself merged into { $department }, directly or through others
    .remedy = see 'department list'; a department that exists again gets a credit code of its own
departments-merged-too-many = more than { $most } departments would be merged into { $department }
fact-department-succeeded = { $old } was merged into { $new } on { $since }, { $document }
column-merged-department = department
column-successor = merged into
column-since-day = since
column-basis-document = document
column-recorded = recorded
column-recorded-by = recorded by
area-department = departments
