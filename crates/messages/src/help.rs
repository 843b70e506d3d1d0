//! What command lines say of themselves in other languages than English. The English texts are those of the
//! command lines' own definitions; these are looked up by a command's id.

use crate::catalogue;
use crate::language::Language;
use crate::message::Message;

/// Every text there is: its id, whether it has a value, and the names of its attributes.
pub const ALL: &[(&str, bool, &[&str])] = include!(concat!(env!("OUT_DIR"), "/help.rs"));

/// The text of this id, or an attribute of it; none where the language has none.
pub fn text(language: Language, id: &str, attribute: Option<&str>) -> Option<String> {
    let message = Message::received(id.to_owned(), Vec::new());
    catalogue::render(language, &message, attribute)
}
