# Demands for data that no catalogue holds.

demand-of-assigned-city = a demand is not assigned to { $city }, which filed it
demand-of-other-city = { $demand } is no longer assigned to { $city }
demand-entry-not-shared = { $entry } is not a published entry of class 1 or 2 of the answering city
    .remedy = name a published entry that can be requested, or decline with reasons
demand-cycle-unknown = there is no update cycle { $text }; known are { $known }
fact-demand-filed = filed the demand '{ $name }': { $fields }, { $actor }
demand-suggestions = entries that may already hold it, by the name { $query } and by the fields wanted
demand-suggested-by-name = { $entry }: matches the name
demand-suggested-by-fields = { $entry }: has { $fields }
demand-suggested-by-both = { $entry }: matches the name, has { $fields }
demand-suggestions-unavailable = the directory cannot be searched for suggestions now: { $problem }
column-demand = demand
column-demanded-fields = fields wanted
column-demand-department = department
column-source-department = source department
column-answering-city = answered by
column-answering-entry = entry
column-wanted-cycle = update cycle
