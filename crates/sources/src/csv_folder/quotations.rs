//! The quotation marks of CSV text. The parser takes a mark that is never closed, or that something else follows, as if
//! nothing were wrong, and the rows after it become part of one value.

/// The position within a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// At the beginning of a field.
    Start,
    /// In a field without quotation marks around it, or after its mark.
    Unquoted,
    /// Between the quotation marks of a field.
    Quoted,
    /// After a mark within a quoted field, which closes it or is one of two.
    AfterMark,
}

/// Checks the quotation marks of a text, a piece after the other.
#[derive(Debug)]
pub(super) struct Quotations {
    position: Position,
    /// The line of the next byte, from 1.
    line: u64,
    /// The line of the last mark that opened a field.
    opened: u64,
}

impl Quotations {
    /// Begins a text.
    pub(super) fn new() -> Self {
        Self {
            position: Position::Start,
            line: 1,
            opened: 1,
        }
    }

    /// Returns the line that the text so far ends in, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Takes the next piece of the text.
    ///
    /// # Errors
    ///
    /// The line of the first mark within a quoted field that neither closes it nor is one of two.
    pub(super) fn take(&mut self, text: &[u8]) -> Result<(), u64> {
        for byte in text {
            self.position = match (self.position, byte) {
                (Position::Start, b'"') => {
                    self.opened = self.line;
                    Position::Quoted
                }
                (Position::Quoted, b'"') => Position::AfterMark,
                (Position::AfterMark, b'"') | (Position::Quoted, _) => Position::Quoted,
                (_, b',' | b'\n' | b'\r') => Position::Start,
                (Position::AfterMark, _) => return Err(self.line),
                (Position::Start | Position::Unquoted, _) => Position::Unquoted,
            };
            self.line += u64::from(*byte == b'\n');
        }
        Ok(())
    }

    /// Ends the text.
    ///
    /// # Errors
    ///
    /// The line of a mark that is not closed.
    pub(super) fn end(&self) -> Result<(), u64> {
        match self.position {
            Position::Quoted => Err(self.opened),
            Position::Start | Position::Unquoted | Position::AfterMark => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), u64> {
        let mut quotations = Quotations::new();
        for piece in text.as_bytes().chunks(2) {
            quotations.take(piece)?;
        }
        quotations.end()
    }

    #[test]
    fn marks_are_closed_before_the_next_field_or_doubled() {
        for good in [
            "",
            "a,b\n1,2\n",
            "\"a\",\"\"\r\n\"b\"\"c\n,\",d\"e\"\n",
            "a\n\"b\"",
            "a\n\"b\"\"\"",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, line) in [
            ("a,b\n1,\"x\n2,y\n", 2),
            ("a\n1\n\"\"\"\n", 3),
            ("a,b\n1,\"x\n2,y\n3,\"z\n", 4),
            ("\"a\" ,b\n", 1),
        ] {
            assert_eq!(check(bad), Err(line), "{bad}");
        }
    }
}
