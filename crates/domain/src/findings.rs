//! Punishable acts (条例第三十九条至第四十一条): those that records show are counted, the rest are findings entered by people.
//! Neither is a judgement: the competent authority judges.

use chengji_messages::{Message, Value, msg};

use crate::city::CityCode;
use crate::error::{Error, ErrorCode, Result};
use crate::field::Field;
use crate::request::{DueAct, Move, MoveKind, Party, Request, RequestHistory, RequestRecord};
use crate::text::TextRule;

/// An act against the rules that the records of requests and corrections, or the logs of cities, show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShownAct {
    /// A request was answered late, or not yet after its deadline.
    AnsweredLate,
    /// A requested amendment was answered late, or not yet.
    AmendmentAnsweredLate,
    /// Granted data was offered late, or not yet.
    OfferedLate,
    /// Missing information was asked for a second time; the move was refused.
    AskedTwice,
    /// A share was to be ended or changed without a consultation; the move was refused.
    EndedWithoutConsultation,
    /// A stop for a security incident was not followed up in time.
    IncidentNotFollowedUp,
    /// Deliveries were suspended for a misuse.
    Misused,
    /// A misuse was not mended in time.
    MendingUnfinished,
    /// The data of an ended share was not disposed of in time.
    DisposedLate,
    /// A revision of an entry added conditions after publication.
    ConditionsAdded,
    /// An error in received data was verified or corrected late, or not yet after the deadline.
    CorrectedLate,
    /// Data of a declared return flow was offered to a lower division late, or not yet.
    ReturnedLate,
    /// The use of granted data was not recorded in time.
    UsageNotRecorded,
    /// An entry of the catalogue was updated after the deadline for following a change.
    UpdatedLate,
}

impl ShownAct {
    /// All acts.
    pub const ALL: [Self; 14] = [
        Self::AnsweredLate,
        Self::AmendmentAnsweredLate,
        Self::OfferedLate,
        Self::AskedTwice,
        Self::EndedWithoutConsultation,
        Self::IncidentNotFollowedUp,
        Self::Misused,
        Self::MendingUnfinished,
        Self::DisposedLate,
        Self::ConditionsAdded,
        Self::CorrectedLate,
        Self::ReturnedLate,
        Self::UsageNotRecorded,
        Self::UpdatedLate,
    ];

    /// Returns the number in keys and answers; pinned.
    pub fn number(self) -> u32 {
        match self {
            Self::AnsweredLate => 1,
            Self::AmendmentAnsweredLate => 2,
            Self::OfferedLate => 3,
            Self::AskedTwice => 4,
            Self::EndedWithoutConsultation => 5,
            Self::IncidentNotFollowedUp => 6,
            Self::Misused => 7,
            Self::MendingUnfinished => 8,
            Self::DisposedLate => 9,
            Self::ConditionsAdded => 10,
            Self::CorrectedLate => 11,
            Self::ReturnedLate => 12,
            Self::UsageNotRecorded => 13,
            Self::UpdatedLate => 14,
        }
    }

    /// Returns the act of this number.
    pub fn of_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.number() == number)
    }

    /// Returns the article and item of the regulations (国务院令第809号), such as `39(4)`.
    pub fn article(self) -> &'static str {
        match self {
            Self::UpdatedLate => "39(1)",
            Self::AskedTwice | Self::ConditionsAdded => "39(2)",
            Self::AnsweredLate | Self::AmendmentAnsweredLate | Self::OfferedLate => "39(4)",
            Self::ReturnedLate => "39(5)",
            Self::CorrectedLate => "39(6)",
            Self::EndedWithoutConsultation | Self::IncidentNotFollowedUp => "39(7)",
            Self::Misused | Self::MendingUnfinished => "40(2)",
            Self::DisposedLate => "40(4)",
            Self::UsageNotRecorded => "40(5)",
        }
    }

    /// Returns the party that acts.
    pub fn party(self) -> Party {
        match self {
            Self::Misused
            | Self::MendingUnfinished
            | Self::DisposedLate
            | Self::UsageNotRecorded => Party::Consumer,
            _ => Party::Provider,
        }
    }

    /// Returns the act for people.
    pub fn label(self) -> Message {
        match self {
            Self::AnsweredLate => msg::ShownActAnsweredLate.into(),
            Self::AmendmentAnsweredLate => msg::ShownActAmendmentAnsweredLate.into(),
            Self::OfferedLate => msg::ShownActOfferedLate.into(),
            Self::AskedTwice => msg::ShownActAskedTwice.into(),
            Self::EndedWithoutConsultation => msg::ShownActEndedWithoutConsultation.into(),
            Self::IncidentNotFollowedUp => msg::ShownActIncidentNotFollowedUp.into(),
            Self::Misused => msg::ShownActMisused.into(),
            Self::MendingUnfinished => msg::ShownActMendingUnfinished.into(),
            Self::DisposedLate => msg::ShownActDisposedLate.into(),
            Self::ConditionsAdded => msg::ShownActConditionsAdded.into(),
            Self::CorrectedLate => msg::ShownActCorrectedLate.into(),
            Self::ReturnedLate => msg::ShownActReturnedLate.into(),
            Self::UsageNotRecorded => msg::ShownActUsageNotRecorded.into(),
            Self::UpdatedLate => msg::ShownActUpdatedLate.into(),
        }
    }
}

/// Returns the acts that the record of a request shows, with the acting city and their number, which is not 0.
pub fn shown_by(record: &RequestRecord) -> Vec<(CityCode, ShownAct, u64)> {
    let history = &record.history;
    let shown = ShownAct::ALL.into_iter().map(|act| {
        let city = match act.party() {
            Party::Consumer => history.consumer(),
            Party::Provider | Party::Coordinator => history.provider(),
        };
        (city, act, times(record, act))
    });
    shown.filter(|(_, _, times)| *times > 0).collect()
}

/// The number of times that a record shows an act.
fn times(record: &RequestRecord, act: ShownAct) -> u64 {
    let history = &record.history;
    let has = |wanted: fn(&Move) -> bool| history.steps.iter().any(|step| wanted(&step.mv));
    match act {
        ShownAct::AnsweredLate => {
            let is_late = matches!(history.answered_late(), Ok(Some(_)));
            chased(record, DueAct::Answer).max(is_late.into())
        }
        ShownAct::AmendmentAnsweredLate => chased(record, DueAct::Amendment),
        // Under a return flow, the offer is the return.
        ShownAct::OfferedLate if !is_returned(history) => offered_late(record),
        ShownAct::ReturnedLate if is_returned(history) => offered_late(record),
        ShownAct::OfferedLate | ShownAct::ReturnedLate => 0,
        ShownAct::AskedTwice if has(|mv| matches!(mv, Move::AskSupplement { .. })) => {
            refused(record, &[MoveKind::AskSupplement])
        }
        ShownAct::EndedWithoutConsultation
            if has(|mv| matches!(mv, Move::Grant(_)))
                && !has(|mv| matches!(mv, Move::Consult { .. } | Move::Close { .. })) =>
        {
            refused(record, &[MoveKind::Terminate, MoveKind::Change])
        }
        ShownAct::AskedTwice | ShownAct::EndedWithoutConsultation => 0,
        ShownAct::IncidentNotFollowedUp => chased(record, DueAct::Incident),
        ShownAct::Misused => {
            let suspensions = history.steps.iter();
            let suspensions = suspensions.filter(|step| step.mv.kind() == MoveKind::Suspend);
            suspensions.count() as u64
        }
        ShownAct::MendingUnfinished => chased(record, DueAct::Mending),
        ShownAct::DisposedLate => chased(record, DueAct::Disposal),
        // Corrections and the logs of cities show them.
        ShownAct::ConditionsAdded
        | ShownAct::CorrectedLate
        | ShownAct::UsageNotRecorded
        | ShownAct::UpdatedLate => 0,
    }
}

/// The number of overdue notices about an act.
fn chased(record: &RequestRecord, act: DueAct) -> u64 {
    let notices = record.reminders.iter();
    let notices = notices.filter(|reminder| reminder.overdue && reminder.act == act);
    notices.count() as u64
}

/// The number of the provider's refused moves of these kinds.
fn refused(record: &RequestRecord, kinds: &[MoveKind]) -> u64 {
    let refused = record.refused.iter().map(|refused| &refused.step);
    let refused =
        refused.filter(|step| step.party == Party::Provider && kinds.contains(&step.mv.kind()));
    refused.count() as u64
}

/// Returns true for a grant under a return flow.
fn is_returned(history: &RequestHistory) -> bool {
    let mut grants = history.steps.iter().filter_map(|step| step.mv.grant());
    grants.any(|grant| grant.return_flow.is_some())
}

/// The number of offers that were late, or not made yet after the last day.
fn offered_late(record: &RequestRecord) -> u64 {
    chased(record, DueAct::Offer).max(is_offered_late(&record.history).into())
}

/// Returns true if an offer was made after the last day for it, as it was then: a notice may have moved it.
fn is_offered_late(history: &RequestHistory) -> bool {
    let mut request = Request::submitted();
    for step in &history.steps {
        if step.mv.kind() == MoveKind::Offer {
            let mut dues = request.dues(step.at).into_iter();
            if dues.any(|due| due.act == DueAct::Offer && due.is_overdue(step.at)) {
                return true;
            }
        }
        match request.apply(step) {
            Ok(next) => request = next,
            Err(_) => return false,
        }
    }
    false
}

/// A finding about a city, entered by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The city.
    pub city: CityCode,
    /// The article and item concerned, such as `40(3)`.
    pub article: String,
    /// What was found.
    pub text: String,
    /// Number of the document; may be empty.
    pub document: String,
}

/// The rule of the article of a finding.
const ARTICLE: TextRule = TextRule::line(1, 40);
/// The rule of the text of a finding.
const TEXT: TextRule = TextRule::lines(1, 1_000);
/// The rule of the number of a document.
const DOCUMENT: TextRule = TextRule::line(0, 100);

impl Finding {
    /// Refuses texts that may not be recorded; the error lists all of them.
    pub fn check(&self) -> Result<()> {
        let texts = [
            (Field::Article, &self.article, ARTICLE),
            (Field::Text, &self.text, TEXT),
            (Field::Document, &self.document, DOCUMENT),
        ];
        let violations: Vec<_> = texts
            .iter()
            .filter_map(|(field, text, rule)| rule.violation(*field, text))
            .collect();
        if violations.is_empty() {
            return Ok(());
        }
        let fields = violations.iter().map(|violation| &violation.field);
        let fields: Value = fields.collect();
        let message = msg::FindingNotValid { fields };
        Err(Error::new(ErrorCode::InvalidArgument, message).with_violations(violations))
    }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
