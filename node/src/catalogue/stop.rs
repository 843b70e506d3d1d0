//! Stopping deliveries of an entry at once, and letting them go on.

use chengji_domain::stop::{StopAct, StopTarget};
use chengji_domain::{ResourceCode, Result};
use chengji_proto::convert::standing_stop;
use chengji_proto::v1;
use chengji_store::Tx;

use super::Catalogue;
use super::book;
use super::mount::check_own;
use super::who::Who;
use crate::stops;

/// Stops deliveries of an entry of this city, or lets them go on.
pub(super) async fn act(
    catalogue: &Catalogue,
    who: &Who,
    code: &str,
    act: StopAct,
) -> Result<v1::CatalogueRecord> {
    let code: ResourceCode = code.parse()?;
    let (catalogue, who, at) = (catalogue.clone(), who.clone(), catalogue.own.now());
    let ledger = catalogue.own.ledger.clone();
    let job = move |tx: &mut Tx<'_>| {
        let mut record = book::existing(tx, &code)?;
        check_own(&who, &record)?;
        let target = StopTarget::Entry(code);
        stops::check_act(&stops::of(tx, &target)?, &target, &act)?;
        stops::act(&catalogue.own, tx, (&who.by, at), target.clone(), act)?;
        record.stop = standing_stop(&stops::of(tx, &target)?);
        book::put(tx, &record)?;
        Ok(record)
    };
    ledger.write(job).await
}
