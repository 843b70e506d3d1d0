# Texts that may not be recorded.
text-not-valid = { $field }: { $fault }
text-length =
    { $found ->
        [one] 1 character
       *[other] { $found } characters
    }; must be { $least } to { $most }
    .remedy = write { $least } to { $most } characters
text-character-forbidden = { $codepoint } at character { $place } is not allowed: { $class }
    .remedy = delete the character, or type the text again
text-character-private = { $codepoint } at character { $place } is a private-use character
    .remedy = type the character as GB 18030-2022 encodes it

# Classes of characters.
character-control = a control character
character-line-break = a line break
character-direction = a mark that changes the direction of writing
character-invisible = an invisible character
character-private = a private-use character
character-none = not a character
