# Messages of no part in particular.

# A message in prose, from a fact or a program that carries no other.
text = { $text }

# Several values after each other.
list = { $items }

yes = yes
no = no

# Fields of a message or of a record.
field-absent = the field { $field } is missing
field-malformed = the field { $field } is malformed: { $cause }

# Principals, as certificates write them.
principal-node = city/{ $city }/node
principal-person = city/{ $city }/person/{ $name }
principal-app = city/{ $city }/app/{ $name }
principal-coordinator = coordinator
principal-operator = operator/{ $name }
principal-auditor = auditor/{ $name }
