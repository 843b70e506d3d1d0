//! Mounts: where the node finds the mounted source of an entry, and how the source was when it was measured.

use chengji_domain::problem::Problem;
use chengji_domain::table::{ColumnShape, ColumnType, TableAddress, TableShape};
use chengji_domain::{Error, Result};
use chengji_messages::msg;
use chengji_proto::convert::{problem_from, problem_to, time_from, time_to};
use chengji_store::Codec;
use jiff::Timestamp;
use prost::Message;

use crate::{damaged, decode, required, v1};

/// A mounted source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountedSource {
    /// A file.
    File(MountedFile),
    /// A table of a declared source.
    Table(MountedTable),
}

impl MountedSource {
    /// Returns true if both are the same file by its path, whatever its identity, or the same table with the same shape.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => one.path == other.path,
            (Self::Table(one), Self::Table(other)) => one == other,
            (Self::File(_), Self::Table(_)) | (Self::Table(_), Self::File(_)) => false,
        }
    }
}

/// The location of a mounted file on the node's machine, and the file's identity when it was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountedFile {
    /// Absolute path without symbolic links.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last change of the content or of the inode, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// The inode number.
    pub inode: u64,
    /// The device number of the file system.
    pub device: u64,
}

/// A mounted table, and its shape when it was mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountedTable {
    /// The source and the name of the table within it.
    pub address: TableAddress,
    /// The shape that the fingerprint of its schema covers.
    pub shape: TableShape,
}

/// A mount: its source, and whether the last check has found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountRecord {
    /// The source.
    pub source: MountedSource,
    /// Time of the check that first found the file missing or unreadable, or that first failed to read the table; `None`
    /// while it is there.
    pub gone_since: Option<Timestamp>,
    /// Why the last reading of the table failed; `None` if it did not, and for a file.
    pub problem: Option<Problem>,
}

impl MountRecord {
    /// The mount of a source that was just read.
    pub fn new(source: MountedSource) -> Self {
        Self {
            source,
            gone_since: None,
            problem: None,
        }
    }
}

/// The codec of [`MountRecord`].
#[derive(Debug)]
pub struct StoredSource;

impl Codec for StoredSource {
    type Record = MountRecord;

    fn encode(mount: &MountRecord) -> Result<Vec<u8>> {
        let source = match &mount.source {
            MountedSource::File(file) => v1::MountedSource {
                path: file.path.clone(),
                bytes: file.bytes,
                modified_ns: file.modified_ns,
                inode: file.inode,
                device: file.device,
                ..v1::MountedSource::default()
            },
            MountedSource::Table(table) => v1::MountedSource {
                table: Some(v1::MountedTable::from(table)),
                ..v1::MountedSource::default()
            },
        };
        let wire = v1::MountedSource {
            gone_since: mount.gone_since.map(time_to),
            problem: mount.problem.as_ref().map(problem_to),
            ..source
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<MountRecord> {
        let wire: v1::MountedSource = decode(bytes)?;
        let gone_since = wire.gone_since.as_ref();
        let gone_since = gone_since.map(|at| time_from(Some(at), "gone_since"));
        let problem = wire.problem.as_ref();
        let problem = problem.map(|problem| problem_from(Some(problem)));
        let source = match wire.table {
            Some(table) => MountedSource::Table(table.try_into()?),
            None if wire.path.is_empty() => {
                return Err(damaged(msg::FieldAbsent { field: "path" }));
            }
            None => MountedSource::File(MountedFile {
                path: wire.path,
                bytes: wire.bytes,
                modified_ns: wire.modified_ns,
                inode: wire.inode,
                device: wire.device,
            }),
        };
        Ok(MountRecord {
            source,
            gone_since: gone_since.transpose()?,
            problem: problem.transpose()?,
        })
    }
}

impl From<&MountedTable> for v1::MountedTable {
    fn from(table: &MountedTable) -> Self {
        let columns = table.shape.columns.iter().map(|column| v1::MountedColumn {
            name: column.name.clone(),
            r#type: column.column_type.as_str().to_owned(),
            is_nullable: column.is_nullable,
        });
        Self {
            address: table.address.to_string(),
            columns: columns.collect(),
        }
    }
}

impl TryFrom<v1::MountedTable> for MountedTable {
    type Error = Error;

    fn try_from(wire: v1::MountedTable) -> Result<Self> {
        let columns = wire.columns.into_iter().map(|column| {
            let column_type = ColumnType::ALL
                .into_iter()
                .find(|known| known.as_str() == column.r#type);
            Ok::<_, Error>(ColumnShape {
                name: column.name,
                column_type: required(column_type, "type")?,
                is_nullable: column.is_nullable,
            })
        });
        Ok(Self {
            address: wire.address.parse()?,
            shape: TableShape {
                columns: columns.collect::<Result<_>>()?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{reads_as_written, times};

    fn files() -> impl Strategy<Value = MountedSource> {
        let numbers = (any::<u64>(), any::<i64>(), any::<u64>(), any::<u64>());
        numbers.prop_map(|(bytes, modified_ns, inode, device)| {
            MountedSource::File(MountedFile {
                path: "/data/区划.csv".to_owned(),
                bytes,
                modified_ns,
                inode,
                device,
            })
        })
    }

    fn tables() -> impl Strategy<Value = MountedSource> {
        let column_type = prop::sample::select(ColumnType::ALL.to_vec());
        let column = ("[a-z]{1,4}", column_type, any::<bool>());
        let column = column.prop_map(|(name, column_type, is_nullable)| ColumnShape {
            name,
            column_type,
            is_nullable,
        });
        prop::collection::vec(column, 0..4).prop_map(|columns| {
            MountedSource::Table(MountedTable {
                address: "housing:public.permits".parse().unwrap(),
                shape: TableShape { columns },
            })
        })
    }

    proptest! {
        #[test]
        fn mounts_read_as_they_were_written(
            source in prop_oneof![files(), tables()],
            gone_since in prop::option::of(times()),
            is_failing in any::<bool>(),
        ) {
            let problem = is_failing.then(|| {
                Problem::new(ErrorCode::SourceUnavailable, msg::Text { text: "x" })
            });
            reads_as_written::<StoredSource>(&MountRecord { source, gone_since, problem });
        }
    }

    #[test]
    fn a_record_without_a_source_or_with_an_unknown_type_is_damaged() {
        StoredSource::decode(&[]).unwrap_err();
        let column = v1::MountedColumn {
            r#type: "blob".to_owned(),
            ..v1::MountedColumn::default()
        };
        let table = v1::MountedTable {
            address: "housing:permits".to_owned(),
            columns: vec![column],
        };
        let wire = v1::MountedSource {
            table: Some(table),
            ..v1::MountedSource::default()
        };
        let error = StoredSource::decode(&wire.encode_to_vec()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::StorageDamaged);
    }
}
