//! The limit on automatic grants to a city in a day.

use chengji_access::roster;
use chengji_domain::calendar::local_date;
use chengji_domain::{CityCode, Result};
use chengji_store::Tx;
use jiff::Timestamp;

use super::CoordinatorLog;
use crate::requests::records;

impl CoordinatorLog {
    /// Returns true if one more automatic grant may be made to a city today. Otherwise the request waits
    /// for people, as a conditional one does.
    pub(super) fn may_grant_by_machine(
        &self,
        tx: &mut Tx<'_>,
        consumer: CityCode,
        at: Timestamp,
    ) -> Result<bool> {
        if !roster::is_active(tx, consumer)? {
            return Ok(false);
        }
        let most = self.machine_grants.per_day;
        let may = records::count_automatic_grant(tx, consumer, local_date(at), most)?;
        if !may && let Some(left_out) = self.grants_warned.pass() {
            tracing::warn!(%consumer, most, left_out, "no more automatic grants to it today");
        }
        Ok(may)
    }
}
