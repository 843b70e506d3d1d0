//! Merged cells of a sheet: headings over headings, headings of groups, and values that apply to several
//! rows.

use calamine::Dimensions;
use chengji_messages::{Message, msg};

use super::groups::ranges;
use super::records::Record;
use super::worksheet::{MAX_COLUMNS, Rows, Value, record};

/// Maximum number of row ranges in a note.
const MAX_RANGES: usize = 20;

/// Joins a header whose merged cells have headings of their own below them: these are the columns.
/// Returns the row that was removed.
pub(super) fn join_header(first: u32, merged: &[Dimensions], rows: &mut Rows) -> Option<u32> {
    let below = first + 1;
    let wide = merged
        .iter()
        .filter(|cell| cell.start.0 == first && cell.end.0 == first && cell.end.1 > cell.start.1);
    let groups: Vec<_> = wide
        .map(|cell| cell.start.1 as usize..=cell.end.1 as usize)
        .collect();
    let is_part = |column: usize| groups.iter().any(|group| group.contains(&column));
    let parts = rows.get(&below)?;
    let all = parts
        .iter()
        .all(|(column, value)| is_part(*column) && matches!(value, Value::Text(_)));
    // A row of values has some left of the first group, or right of the last.
    if !all || parts.is_empty() {
        return None;
    }
    let parts = rows.remove(&below)?;
    let header = rows.get_mut(&first)?;
    header.retain(|(column, _)| !is_part(*column));
    header.extend(parts);
    header.sort_by_key(|(column, _)| *column);
    Some(below)
}

/// Removes the rows with nothing but one cell merged over several columns: no entry is that short, so it
/// is the heading of a group.
pub(super) fn take_groups(merged: &[Dimensions], rows: &mut Rows) -> Vec<Record> {
    let mut groups = Vec::new();
    for Dimensions { start, end } in merged {
        let (left, right) = (start.1 as usize, end.1 as usize);
        let text = match rows.get(&start.0).map(Vec::as_slice) {
            Some([(column, Value::Text(text))]) if *column == left && right > left => text.clone(),
            _ => continue,
        };
        rows.remove(&start.0);
        let mut cells = vec![String::new(); right.min(MAX_COLUMNS) + 1];
        cells[left] = text;
        groups.push(record(start.0, cells, Vec::new()));
    }
    groups.sort_by_key(|group| group.line);
    groups
}

pub(super) fn passed_over(groups: &[Record]) -> Option<Message> {
    let lines: Vec<u64> = groups.iter().map(|group| group.line).collect();
    (!lines.is_empty()).then(|| {
        msg::SheetGroupsPassedOver {
            lines: ranges(&lines, MAX_RANGES),
        }
        .into()
    })
}

/// Copies the value of a merged cell into each of its rows.
pub(super) fn fill_merged(merged: &[Dimensions], rows: &mut Rows) -> Option<Message> {
    let mut filled = 0_u64;
    for Dimensions { start, end } in merged {
        let ((top, left), bottom) = (*start, end.0);
        let value = rows.get(&top).and_then(|row| {
            row.iter()
                .find(|(column, _)| *column == left as usize)
                .map(|(_, value)| value.clone())
        });
        let Some(value) = value.filter(|_| bottom > top) else {
            continue;
        };
        // Only rows with other content: a merged cell does not make a row of its own.
        for (_, row) in rows.range_mut(top + 1..=bottom) {
            if !row.iter().any(|(column, _)| *column == left as usize) {
                row.push((left as usize, value.clone()));
                filled += 1;
            }
        }
    }
    (filled > 0).then(|| msg::SheetMergedFilled { rows: filled }.into())
}
