//! Default scopes (默认授权范围): the part of the table that is mounted to an entry that grants permit where nothing else is
//! said. Automatic grants permit nothing else.

use jiff::Timestamp;

use crate::request::Actor;
use crate::request::terms::TableScope;

/// The default scope of an entry, as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultScope {
    /// The part of the table, of the columns that it had when this was set.
    pub part: TableScope,
    /// The actor who set it.
    pub actor: Actor,
    /// Time of its record.
    pub at: Timestamp,
}
