//! Default scopes as they are stored.

use chengji_domain::ResourceCode;
use chengji_records::StoredDefaultScope;
use chengji_store::{Prefix, Table};

/// The default scope of each entry that has one.
pub(crate) static DEFAULT_SCOPES: Table<ResourceCode, StoredDefaultScope> =
    Table::new(Prefix::DefaultScope, &[]);
