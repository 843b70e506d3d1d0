//! What sources that are servers of databases share: the settings of a connection, the password of the account, the
//! authorities of the server, one call at a time, the end of a statement whose caller is gone, the columns of a table, its
//! rows in batches, and the reasons why a value cannot be taken over. Folders in object stores have secrets and callers, too.

pub(crate) mod authorities;
pub(crate) mod batches;
pub(crate) mod column;
pub(crate) mod host;
pub(crate) mod password;
pub(crate) mod settings;
#[cfg(test)]
pub(crate) mod test_programs;
pub(crate) mod turn;
pub(crate) mod unfit;
pub(crate) mod watch;
