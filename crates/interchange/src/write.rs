//! Entries as a CSV file that spreadsheet programs open correctly and `read` reads back.

use std::io::Write;

use chengji_domain::catalogue::{Assessment, Entry, FIELDS, Format, Item, Region, heading};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use super::lists::escaped;
use crate::csv_writer::{BYTE_ORDER_MARK, CsvCell, CsvWriter};

/// Writes entries under the Chinese headings: UTF-8 with a byte order mark, CRLF.
pub fn write(entries: &[Entry], mut out: impl Write) -> Result<()> {
    let failed = |cause: std::io::Error| {
        Error::new(ErrorCode::Misconfigured, msg::SheetNotWritten { cause })
    };
    out.write_all(BYTE_ORDER_MARK.as_bytes()).map_err(failed)?;
    let mut writer = CsvWriter::new(out);
    writer.record(FIELDS.map(|field| CsvCell::Text(heading(field))))?;
    for entry in entries {
        let cells = cells(entry);
        writer.record(cells.iter().map(|cell| CsvCell::Text(cell)))?;
    }
    writer.finish()?.flush().map_err(failed)
}

/// The cells of an entry, in the order of `FIELDS`.
pub fn cells(entry: &Entry) -> [String; FIELDS.len()] {
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let yes_or_no = |yes| if yes { "是" } else { "否" }.to_owned();
    let manner = entry.share_manner().map(|manner| manner.zh().to_owned());
    [
        entry.classification.to_string(),
        entry.name.clone(),
        entry.code.to_string(),
        entry.provider.clone(),
        entry.provider_code.to_string(),
        entry.summary.clone(),
        list(&entry.formats, format),
        list(&entry.items, item),
        entry.share_class().zh().to_owned(),
        entry.share_condition().to_owned(),
        manner.unwrap_or_default(),
        yes_or_no(entry.opening.is_some()),
        entry.opening.clone().unwrap_or_default(),
        entry.update_cycle.zh().to_owned(),
        entry.published_on.to_string(),
        list(&entry.related, ToString::to_string),
        entry.level.zh().to_owned(),
        yes_or_no(false),
        entry.security_level.to_string(),
        number(entry.declared.rows),
        number(entry.declared.bytes),
        entry.share_uses.clone(),
        entry.share_reason.clone(),
        outcome(entry.papers.secrecy.as_ref()),
        document(entry.papers.secrecy.as_ref()),
        outcome(entry.papers.personal_information.as_ref()),
        document(entry.papers.personal_information.as_ref()),
        entry.papers.consent_document.clone(),
        entry.region.as_ref().map(Region::cell).unwrap_or_default(),
        approval(entry.superior_approval),
    ]
}

/// The sign of a needed approval; an entry without one has an empty cell.
fn approval(needed: bool) -> String {
    if needed { "是" } else { "" }.to_owned()
}

fn outcome(assessment: Option<&Assessment>) -> String {
    let outcome = assessment.map(|assessment| assessment.outcome.zh());
    outcome.unwrap_or_default().to_owned()
}

fn document(assessment: Option<&Assessment>) -> String {
    let document = assessment.map(|assessment| assessment.document.clone());
    document.unwrap_or_default()
}

fn list<T>(values: &[T], cell: impl Fn(&T) -> String) -> String {
    let cells: Vec<String> = values.iter().map(cell).collect();
    cells.join(";")
}

fn format(format: &Format) -> String {
    match format.subtype.as_str() {
        "" => format.kind.zh().to_owned(),
        subtype => format!("{}:{}", format.kind.zh(), escaped(subtype)),
    }
}

fn item(item: &Item) -> String {
    let (name, kind) = (escaped(&item.name), item.kind.zh());
    let plain = match item.length {
        0 => format!("{name}:{kind}"),
        length => format!("{name}:{kind}({length})"),
    };
    let Some(sharing) = &item.sharing else {
        return plain;
    };
    let (class, condition) = (sharing.class.zh(), escaped(&sharing.condition));
    match (sharing.manner, condition.as_str()) {
        (Some(manner), _) => format!("{plain}:{class}:{condition}:{}", manner.zh()),
        (None, "") => format!("{plain}:{class}"),
        (None, _) => format!("{plain}:{class}:{condition}"),
    }
}
