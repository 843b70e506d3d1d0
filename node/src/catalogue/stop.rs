//! Stops deliveries of an entry at once, and resumes them.

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::request::Actor;
use chengji_domain::stop::{StopAct, StopTarget};
use chengji_domain::{ResourceCode, Result};
use chengji_store::Tx;

use super::Catalogue;
use super::editor::Editor;
use super::mounts::check_own;
use super::{entries, running};
use crate::stops;

/// Stops or resumes deliveries of an entry of this city.
pub(super) async fn act(
    catalogue: &Catalogue,
    editor: &Editor,
    code: ResourceCode,
    act: StopAct,
) -> Result<EntryRecord> {
    let (catalogue, editor, at) = (catalogue.clone(), editor.clone(), catalogue.own.now());
    let ledger = catalogue.own.ledger.clone();
    let job = move |tx: &mut Tx<'_>| {
        let mut record = entries::existing(tx, &code)?;
        check_own(&editor, &record)?;
        let target = StopTarget::Entry(code.clone());
        let known = stops::of(tx, &target)?;
        stops::check_act(&known, &target, &act)?;
        running::check_act(tx, &code, (&known, &act))?;
        let actor = Actor::new(editor.by, editor.department);
        stops::act(&catalogue.own, tx, (actor, at), target.clone(), act)?;
        let stops = stops::of(tx, &target)?;
        record.stop = stops.in_force().map(|(stop, _)| stop.clone());
        entries::put(tx, &record)?;
        Ok(record)
    };
    ledger.write(job).await
}
