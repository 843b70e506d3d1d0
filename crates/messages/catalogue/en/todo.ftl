# Worklists.

todo-consent = consent
todo-attention = attention
todo-waits = { $act } (waits for consent)
todo-none = there is nothing to do
column-todo = To do
column-acts-for = In the place of
