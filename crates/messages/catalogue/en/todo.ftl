# Worklists.

todo-consent = consent
todo-attention = attention
todo-waits = { $act } (waits for consent)
todo-none = there is nothing to do
column-todo = to do
column-acts-for = in the place of
