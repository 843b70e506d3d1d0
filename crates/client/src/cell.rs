//! Cells of tables.

use chengji_messages::{Message, Value};

/// The content of a cell: to people a text, or a message in their language; to programs the text, or the code
/// that a label is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    shown: Shown,
    code: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Text(String),
    Message(Message),
}

impl Cell {
    /// A value that has a code for programs and a label for people, such as a state.
    pub fn label(code: impl Into<String>, label: impl Into<Message>) -> Self {
        Self {
            shown: Shown::Message(label.into()),
            code: Some(code.into()),
        }
    }

    /// Several values of that kind.
    pub fn labels<C: Into<String>, L: Into<Message>>(
        labels: impl IntoIterator<Item = (C, L)>,
    ) -> Self {
        let (codes, labels): (Vec<String>, Vec<Message>) = labels
            .into_iter()
            .map(|(code, label)| (code.into(), label.into()))
            .unzip();
        Self {
            shown: Shown::Message(list(labels)),
            code: Some(codes.join(", ")),
        }
    }

    /// Returns the text for people, in the language of this process.
    pub fn shown(&self) -> String {
        match &self.shown {
            Shown::Text(text) => text.clone(),
            Shown::Message(message) => message.shown(),
        }
    }

    /// Returns the text for programs.
    pub fn for_programs(&self) -> String {
        self.code.clone().unwrap_or_else(|| self.shown())
    }
}

/// Values after each other, as a language joins them.
pub fn list<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Message {
    let items: Value = values.into_iter().collect();
    chengji_messages::msg::List { items }.into()
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self {
            shown: Shown::Text(text),
            code: None,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<Message> for Cell {
    fn from(message: Message) -> Self {
        Self {
            shown: Shown::Message(message),
            code: None,
        }
    }
}

/// Nothing is an empty cell.
impl<C: Into<Cell>> From<Option<C>> for Cell {
    fn from(value: Option<C>) -> Self {
        value.map_or_else(|| Self::from(""), Into::into)
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl From<$type> for Cell {
            fn from(number: $type) -> Self {
                number.to_string().into()
            }
        }
    )*};
}
numbers!(u32, u64, usize, i32, i64);

/// The cells of a row, each of any type that a cell is made of.
#[macro_export]
macro_rules! row {
    ($($cell:expr),* $(,)?) => {
        [$($crate::output::Cell::from($cell)),*]
    };
}

#[cfg(test)]
mod tests {
    use chengji_messages::msg;

    use super::*;

    #[test]
    fn people_see_labels_and_programs_codes() {
        let cell = Cell::label("yes", msg::Yes);
        assert_eq!(
            (cell.shown(), cell.for_programs()),
            ("yes".into(), "yes".into())
        );
        let cells = Cell::labels([("a", Message::from(msg::Yes)), ("b", msg::No.into())]);
        assert_eq!(cells.for_programs(), "a, b");
        assert_eq!(cells.shown(), "yes, no");
        let row = row!["a", 7_u64, None::<String>, Message::from(msg::No)];
        assert_eq!(row.map(|cell| cell.shown()), ["a", "7", "", "no"]);
    }
}
