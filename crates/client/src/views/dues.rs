//! Views of the due acts and the open matters of requests.

use chengji_domain::request::Party;
use chengji_messages::{Message, msg};
use chengji_proto::convert::due_act_from;
use chengji_proto::v1;
use chengji_proto::v1::r#move::Move;

use super::moves::{due_act, mv};
use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Table};
use crate::row;

/// Overdue acts, one a line, in the order of their requests.
pub fn overdue(list: &v1::ListRequestsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnRequest),
        Column::left("act", msg::ColumnDueAct),
        Column::left("party", msg::ColumnDueParty),
        Column::left("since", msg::ColumnOverdueSince),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
    ]);
    for request in &list.requests {
        let submission = request.submission.clone().unwrap_or_default();
        for due in request.dues.iter().filter(|due| due.overdue) {
            table.row(row![
                request.id.clone(),
                act(due),
                party(due.party()),
                cells::deadline(&due.deadline, due.provisional),
                request.consumer.clone(),
                submission.provider.clone(),
                submission.code.clone(),
            ]);
        }
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The next act that is due in a request, its last day, and since when an act is overdue.
pub(super) fn next(request: &v1::Request) -> [Cell; 3] {
    let day = |due: &v1::Due| Cell::from(cells::deadline(&due.deadline, due.provisional));
    let empty = || Cell::from("");
    let Some(next) = request.dues.first() else {
        return [empty(), empty(), empty()];
    };
    let since = if next.overdue { day(next) } else { empty() };
    [act(next), day(next), since]
}

/// Adds what is due in a request, and what is open in it.
pub(super) fn add(fields: &mut Fields, request: &v1::Request) {
    for due in &request.dues {
        fields.field("due", msg::ColumnDueAct, line(due));
    }
    if let Some(at) = &request.offered_at {
        fields.field("offered_at", msg::ColumnOffered, cells::time(at));
    }
    if let Some(at) = &request.not_fetched_since {
        fields.field(
            "not_fetched_since",
            msg::ColumnNotFetchedSince,
            cells::time(at),
        );
    }
    if let Some(open) = &request.amendment {
        let asked = Move::AskAmendment(v1::AskAmendment {
            reason: open.reason.clone(),
            scope: open.scope.clone(),
            purpose: open.purpose.clone(),
            period_days: open.period_days,
            third_party: open.third_party.clone(),
        });
        fields.field("amendment", msg::ColumnOpenAmendment, words(asked));
    }
    if let Some(open) = &request.consultation {
        consultation(fields, open);
    }
    if let Some(open) = &request.settlement {
        let proposed = Move::ProposeSettlement(v1::ProposeSettlement {
            text: open.text.clone(),
            grant: open.grant.clone(),
        });
        fields.field("settlement", msg::ColumnOpenSettlement, words(proposed));
    }
}

fn consultation(fields: &mut Fields, open: &v1::OpenConsultation) {
    let begun = Move::Consult(v1::Consult {
        reason: open.reason.clone(),
        legal_basis: open.legal_basis.clone(),
        change: open.change.clone(),
        not_before: open.not_before.clone(),
    });
    fields.field("consultation", msg::ColumnOpenConsultation, words(begun));
    if let Some(answer) = &open.answer {
        let answered = Move::AnswerConsultation(v1::AnswerConsultation {
            agrees: answer.agrees,
            text: answer.text.clone(),
        });
        let title = msg::ColumnConsultationAnswer;
        fields.field("consultation_answer", title, words(answered));
    }
}

/// A move in words.
fn words(open: Move) -> Message {
    mv(Some(&v1::Move { r#move: Some(open) }))
}

/// An act that is due, with its party and its last day.
fn line(due: &v1::Due) -> Message {
    let mut deadline = cells::deadline(&due.deadline, due.provisional);
    if due.overdue {
        deadline = msg::DeadlineOverdue { deadline }.into();
    }
    let party = match party_from(due.party()) {
        Some(party) => party.label(),
        None => msg::Text { text: "" }.into(),
    };
    let act = due_act(due.act);
    let line = msg::DueLine {
        act,
        deadline,
        party,
    };
    line.into()
}

fn act(due: &v1::Due) -> Cell {
    match due_act_from(due.act) {
        Ok(act) => Cell::label(act.as_str(), act.label()),
        Err(_) => "".into(),
    }
}

fn party(party: v1::Party) -> Cell {
    let Some(known) = party_from(party) else {
        return "".into();
    };
    let name = match known {
        Party::Consumer => "consumer",
        Party::Provider => "provider",
        Party::Coordinator => "coordinator",
    };
    Cell::label(name, known.label())
}

fn party_from(party: v1::Party) -> Option<Party> {
    match party {
        v1::Party::Unspecified => None,
        v1::Party::Consumer => Some(Party::Consumer),
        v1::Party::Provider => Some(Party::Provider),
        v1::Party::Coordinator => Some(Party::Coordinator),
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::request::DueAct;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_due_act_is_shown_with_its_party_and_day_and_an_overdue_one_as_such() {
        let due = v1::Due {
            act: v1::DueAct::Offer.into(),
            party: v1::Party::Provider.into(),
            deadline: "2026-12-28".to_owned(),
            provisional: false,
            overdue: false,
        };
        let day = Message::from(msg::DeadlineCertain {
            date: date(2026, 12, 28),
        });
        let expected = |deadline: Message| {
            let (act, party) = (DueAct::Offer.label(), Party::Provider.label());
            Message::from(msg::DueLine {
                act,
                deadline,
                party,
            })
        };
        assert_eq!(line(&due), expected(day.clone()));
        let late = v1::Due {
            overdue: true,
            ..due
        };
        let passed = msg::DeadlineOverdue { deadline: day };
        assert_eq!(line(&late), expected(passed.into()));
    }
}
