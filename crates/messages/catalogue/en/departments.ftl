# Departments of a city that were merged into others.

department-succeeds-itself = { $department } cannot be merged into itself
department-succeeded-ahead = the change is of { $since }, which is later than today, { $today }
    .remedy = record it on that day
department-already-merged = { $department } was merged into { $into } already
    .remedy = see 'department list'; if { $into } was merged further, record that
department-merged-in-circle = { $into } was itself merged into { $department }, directly or through others
    .remedy = see 'department list'; a department that exists again gets a credit code of its own
departments-merged-too-many = more than { $most } departments would be merged into { $department }
department-not-merged = { $department } is not merged into another department
    .remedy = see 'department list'
department-split-before-merger = the department cannot be split off on { $since }, before it was merged on { $merged }
department-split-day = a day is required for a department that was split off, and not accepted for a merger recorded by mistake
fact-department-split = { $old } was split off from { $new } on { $since }, { $document }: { $reason }
fact-department-mistake = the merger of { $old } into { $new } on { $since } was recorded by mistake: { $reason }
fact-department-succeeded = { $old } was merged into { $new } on { $since }, { $document }
column-merged-department = department
column-successor = merged into
column-since-day = since
column-basis-document = document
column-taken-back = taken back since
column-taken-back-reason = reason
column-recorded = recorded
column-recorded-by = recorded by
area-department = departments
