# Worklists.

todo-consent = consent
todo-attention = attention
todo-correction = answer to a correction
todo-correct-data = correction of an admitted error
todo-demand = answer to a demand
todo-demand-answered = request the entry that answers the demand
todo-demand-declined = close the declined demand, or wait for another city
todo-matter-refused = refused move
todo-notice = notice of a correction
todo-return-flow = data returned to you, not fetched
todo-usage = record of the use
todo-waits = { $act } (waits for consent)
todo-none = there is nothing to do
column-todo = to do
column-acts-for = in the place of
column-matter = correction or demand
