//! Changes of laws, decisions or duties that an entry has to follow: noted, and given more time.

use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::NotedChange;
use chengji_domain::catalogue::lifecycle::LifecycleRecord;
use chengji_domain::fact::{CityFact, ReviewFact};
use chengji_domain::request::Consent;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::{ShownLifecycle, code_from, given_consent_from};
use chengji_proto::v1;
use chengji_store::Tx;
use jiff::civil::Date;

use super::Catalogue;
use super::editor::Editor;
use super::lifecycles;
use crate::own_log::append;

/// Notes a change of this day.
pub(super) async fn note(
    catalogue: &Catalogue,
    editor: Editor,
    code: ResourceCode,
    on: Date,
) -> Result<ShownLifecycle> {
    let (own, rules) = (
        catalogue.own.clone(),
        catalogue.rules.of(catalogue.own.city),
    );
    let ledger = own.ledger.clone();
    let job = move |tx: &mut Tx<'_>| {
        let record = of_editor(tx, &editor, &code)?;
        let (at, by) = (own.now(), editor.by.clone());
        let change = record.note_change(&rules, (on, local_date(at)), by)?;
        let shown = put(tx, code.clone(), &record, change)?;
        let fact = CityFact::Review(ReviewFact::ChangeNoted { code, on });
        append(tx, own.city, &editor.by, at, fact)?;
        Ok(shown)
    };
    ledger.write(job).await
}

/// Extends the deadline for following the noted change. The editor's own consent counts if it is the supervising
/// authority and did not note the change.
pub(super) async fn extend(
    catalogue: &Catalogue,
    (editor, is_authority): (Editor, bool),
    asked: v1::ExtendUpdateRequest,
) -> Result<ShownLifecycle> {
    let (own, rules) = (
        catalogue.own.clone(),
        catalogue.rules.of(catalogue.own.city),
    );
    let (code, days) = (code_from(&asked.code)?, asked.working_days);
    let ledger = own.ledger.clone();
    let job = move |tx: &mut Tx<'_>| {
        let record = of_editor(tx, &editor, &code)?;
        let known = record.change.as_ref();
        let known = known.ok_or_else(|| Error::new(ErrorCode::OutOfTurn, msg::ChangeNotNoted))?;
        let at = own.now();
        let consent = given_consent_from(asked.consent.as_ref(), &editor.by, at)?;
        let consent = consent.ok_or_else(|| without_consent(ErrorCode::InvalidArgument))?;
        let is_own = matches!(consent, Consent::By { .. });
        if is_own && !(is_authority && known.noted_by != editor.by) {
            return Err(without_consent(ErrorCode::Denied));
        }
        let change = known.extend(&rules, days, local_date(at))?;
        let shown = put(tx, code.clone(), &record, change)?;
        let fact = CityFact::Review(ReviewFact::UpdateExtended {
            code,
            working_days: days,
            consent,
        });
        append(tx, own.city, &editor.by, at, fact)?;
        Ok(shown)
    };
    ledger.write(job).await
}

/// The lifecycle of an entry that the editor may act on.
fn of_editor(tx: &Tx<'_>, editor: &Editor, code: &ResourceCode) -> Result<LifecycleRecord> {
    let record = lifecycles::existing(tx, code)?;
    editor.check(code, record.owner(record.lifecycle.state))?;
    Ok(record)
}

/// Stores the change.
fn put(
    tx: &mut Tx<'_>,
    code: ResourceCode,
    before: &LifecycleRecord,
    change: NotedChange,
) -> Result<ShownLifecycle> {
    let lifecycle = LifecycleRecord {
        change: Some(change),
        ..before.clone()
    };
    lifecycles::LIFECYCLES.replace(tx, &code, Some(before), &lifecycle)?;
    Ok(ShownLifecycle { code, lifecycle })
}

fn without_consent(code: ErrorCode) -> Error {
    Error::new(code, msg::ExtensionWithoutConsent)
}

#[cfg(test)]
#[path = "follow_up_tests.rs"]
mod tests;
