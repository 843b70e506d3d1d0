//! Help texts of command lines and settings in languages other than English. The English texts are in the
//! definitions of the commands and settings; these are looked up by the id of a command or of a table of
//! settings.

use crate::catalogue;
use crate::language::Language;
use crate::message::Message;

/// Prefix of the ids of settings; the other texts are of commands.
pub const SETTINGS: &str = "help-settings";

/// Every text there is: its id, whether it has a value, and the names of its attributes.
pub const ALL: &[(&str, bool, &[&str])] = include!(concat!(env!("OUT_DIR"), "/help.rs"));

/// The text of this id, or an attribute of it; none where the language has none.
pub fn text(language: Language, id: &str, attribute: Option<&str>) -> Option<String> {
    let message = Message::received(id.to_owned(), Vec::new());
    catalogue::render(language, &message, attribute)
}
