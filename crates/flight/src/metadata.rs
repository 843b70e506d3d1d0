//! Descriptions of the node and of the tables, in the schemas that Flight SQL prescribes.

mod keys;
mod names;
mod sql_info;
mod types;

pub(crate) use self::keys::{foreign_keys, primary_keys};
pub(crate) use self::names::{
    Filter, catalogs, catalogs_schema, names, schemas, schemas_schema, tables, tables_schema,
};
pub(crate) use self::sql_info::{sql_info, sql_info_schema};
pub(crate) use self::types::{table_types, xdbc_types};
