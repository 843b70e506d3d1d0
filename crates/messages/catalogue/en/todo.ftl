# Worklists.

todo-consent = consent
todo-attention = attention
todo-correction = answer to a correction
todo-correct-data = correction of an admitted error
todo-demand = answer to a demand
todo-waits = { $act } (waits for consent)
todo-none = there is nothing to do
column-todo = To do
column-acts-for = In the place of
column-matter = Correction or demand
