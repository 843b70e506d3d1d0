# Messages of no part in particular.

# A message in prose, from a fact or a program that carries no other.
text = { $text }

# Several values after each other.
list = { $items }

yes = yes
no = no
