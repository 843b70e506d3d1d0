//! Views of punishable acts and of findings.

use chengji_client::cells;
use chengji_client::fields::Fields;
use chengji_client::output::{Cell, Column, Table};
use chengji_client::row;
use chengji_domain::findings::ShownAct;
use chengji_messages::msg;
use chengji_proto::v1;

/// The acts that the records show, one kind of a city a line.
pub(super) fn acts(list: &v1::CountActsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", msg::ColumnCity),
        Column::left("article", msg::ColumnArticle),
        Column::left("act", msg::ColumnAct),
        Column::right("count", msg::ColumnTimes),
    ]);
    for city in &list.cities {
        for counted in &city.acts {
            table.row(row![
                city.city.clone(),
                counted.article.clone(),
                act(counted.act()),
                counted.count.to_string(),
            ]);
        }
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The findings that were entered, one a line.
pub(super) fn list(list: &v1::ListFindingsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("at", msg::ColumnAt),
        Column::left("city", msg::ColumnCity),
        Column::left("article", msg::ColumnArticle),
        Column::left("text", msg::ColumnFinding),
        Column::left("document", msg::ColumnDocument),
        Column::left("by", msg::ColumnEnteredBy),
    ]);
    for finding in &list.findings {
        table.row(row![
            finding.at.as_ref().map(cells::time),
            finding.city.clone(),
            finding.article.clone(),
            finding.text.clone(),
            finding.document.clone(),
            finding.by.clone(),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One finding.
pub(super) fn one(finding: &v1::Finding) -> Table {
    let mut fields = Fields::new();
    let at = finding.at.as_ref().map(cells::time).unwrap_or_default();
    fields.field("at", msg::ColumnAt, at);
    fields.field("city", msg::ColumnCity, &finding.city);
    fields.field("article", msg::ColumnArticle, &finding.article);
    fields.field("text", msg::ColumnFinding, &finding.text);
    fields.field("document", msg::ColumnDocument, &finding.document);
    fields.field("by", msg::ColumnEnteredBy, &finding.by);
    fields.into()
}

/// The name of an act for people; its number for one of a later version.
fn act(act: v1::ShownAct) -> Cell {
    let number = u32::try_from(i32::from(act)).unwrap_or_default();
    match ShownAct::of_number(number) {
        Some(shown) => Cell::label(act.as_str_name(), shown.label()),
        None => act.as_str_name().into(),
    }
}
