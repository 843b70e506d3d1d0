//! `catalogue diff`: the differences between two revisions of an entry, field by field.

use chengji_client::arguments::within;
use chengji_client::output::{Column, Table};
use chengji_domain::catalogue::{Entry, FIELDS};
use chengji_domain::{Field, Result};
use chengji_interchange as interchange;
use chengji_messages::{Message, msg};
use chengji_proto::convert::entry_from;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::Args;
use tonic::transport::Channel;

use super::lifecycle;
use crate::cli::answer;

/// Fields whose cells are lists, which are compared part by part.
const LISTS: [Field; 3] = [Field::Formats, Field::Items, Field::RelatedCodes];

/// Which revisions.
#[derive(Args, Debug)]
pub(in crate::cli) struct DiffArgs {
    /// Resource code
    code: String,
    /// Earlier revision, 0 for none; unless given, the published one, else the one before
    #[arg(long, value_name = "REVISION")]
    from: Option<u32>,
    /// Later revision; the newest unless given
    #[arg(long, value_name = "REVISION", value_parser = within::<u32>(1..))]
    to: Option<u32>,
}

/// The difference, as far as it is asked for.
pub(super) async fn ask(
    arguments: DiffArgs,
    client: CatalogueServiceClient<Channel>,
) -> Result<v1::EntryDiff> {
    let DiffArgs { code, from, to } = arguments;
    let history = lifecycle::ask_history(client.clone(), code.clone()).await?;
    let lifecycle = history.lifecycle.unwrap_or_default();
    let to = to.unwrap_or(lifecycle.newest);
    let from = from.unwrap_or(match lifecycle.published {
        published if published != 0 && published < to => published,
        _ => to.saturating_sub(1),
    });
    // The first revision is compared with nothing.
    let before = match from {
        0 => None,
        from => Some(revision(client.clone(), &code, from).await?),
    };
    let after = revision(client, &code, to).await?;
    Ok(v1::EntryDiff {
        code: after.code.to_string(),
        from,
        to,
        changes: changes(before.as_ref(), &after),
    })
}

async fn revision(
    mut client: CatalogueServiceClient<Channel>,
    code: &str,
    revision: u32,
) -> Result<Entry> {
    let request = v1::ShowEntryRequest {
        code: code.to_owned(),
        revision,
    };
    let record = answer(client.show(request)).await?;
    entry_from(record.entry.unwrap_or_default())
}

fn changes(before: Option<&Entry>, after: &Entry) -> Vec<v1::FieldChange> {
    let before = before.map(interchange::cells).unwrap_or_default();
    let cells = before.into_iter().zip(interchange::cells(after));
    let fields = FIELDS.iter().zip(cells);
    fields
        .filter(|(_, (before, after))| before != after)
        .flat_map(|(field, (before, after))| {
            let change = |before: &str, after: &str| v1::FieldChange {
                field: field.as_str().to_owned(),
                before: before.to_owned(),
                after: after.to_owned(),
            };
            if !LISTS.contains(field) {
                return vec![change(&before, &after)];
            }
            let (old, new) = (interchange::parts(&before), interchange::parts(&after));
            let gone = old.iter().filter(|part| !new.contains(part));
            let come = new.iter().filter(|part| !old.contains(part));
            let parts: Vec<_> = gone
                .map(|part| change(part, ""))
                .chain(come.map(|part| change("", part)))
                .collect();
            // Only the order is another.
            if parts.is_empty() {
                vec![change(&before, &after)]
            } else {
                parts
            }
        })
        .collect()
}

/// The difference as a table.
pub(super) fn table(diff: &v1::EntryDiff) -> Table {
    let mut table = Table::new(&[
        Column::left("field", msg::ColumnField),
        Column::left("before", msg::ColumnBefore),
        Column::left("after", msg::ColumnAfter),
    ]);
    for change in &diff.changes {
        table.row([
            Field::of_name(&change.field)
                .map_or_else(|| change.field.clone(), |field| field.label().shown()),
            change.before.clone(),
            change.after.clone(),
        ]);
    }
    let v1::EntryDiff { code, from, to, .. } = diff;
    let count = diff.changes.len();
    table.note(match *from {
        0 => Message::from(msg::DiffOfFirst { code, to: *to }),
        from => msg::DiffOfRevisions {
            code,
            from,
            to: *to,
            count,
        }
        .into(),
    });
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use chengji_testkit::strategies::entry;

    proptest! {
        /// Equal entries have no changes, different ones at least one.
        #[test]
        fn a_difference_is_told_exactly_where_there_is_one(one in entry(), other in entry()) {
            prop_assert_eq!(changes(Some(&one), &one), vec![]);
            let changes = super::changes(Some(&one), &other);
            prop_assert_eq!(changes.is_empty(), one == other);
            for change in changes {
                prop_assert_ne!(change.before, change.after);
            }
        }

        /// Compared with nothing, everything that an entry says has come, and nothing is gone.
        #[test]
        fn the_first_revision_is_told_whole(one in entry()) {
            let changes = super::changes(None, &one);
            prop_assert!(changes.iter().all(|change| change.before.is_empty()));
            let filled = interchange::cells(&one).iter().filter(|cell| !cell.is_empty()).count();
            let mut fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
            fields.dedup();
            prop_assert_eq!(fields.len(), filled);
        }
    }
}
