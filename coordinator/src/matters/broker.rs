//! The corrections and demands of the whole cluster, for operators and auditors.

use std::sync::Arc;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::calendar::{Rule, local_date};
use chengji_domain::matter::{MatterKind, MatterMove};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result, Uscc};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_proto::convert::{MatterView, city_from};
use chengji_proto::service::{MatterBrokerService, Page};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx};
use chengji_transport::Permit;

use super::ordering::order_own;
use crate::deadlines::Deadlines;

/// The service.
#[derive(Clone)]
pub struct MatterBroker {
    /// The ledger with the matters.
    pub ledger: Ledger,
    /// Calendar and deadline rules.
    pub deadlines: Arc<Deadlines>,
    /// The clock.
    pub clock: Clock,
}

impl MatterBroker {
    /// A page of the matters of a kind.
    pub fn page(
        &self,
        kind: MatterKind,
        asked: &v1::ListMattersRequest,
    ) -> Result<Page<v1::Matter>> {
        let kv = &**self.ledger.kv();
        matter_table::page(kv, kind, asked, ((self.clock)(), None), |_| Ok(true))
    }

    /// Returns a correction or a demand by its number.
    pub fn one(&self, number: &str) -> Result<MatterView> {
        let kv = &**self.ledger.kv();
        let correction = matter_table::named(kv, MatterKind::Correction, number);
        let record = match correction {
            Err(error) if error.code() == ErrorCode::NotFound => {
                matter_table::named(kv, MatterKind::Demand, number)?
            }
            found => found?,
        };
        let at = (self.clock)();
        Ok(MatterView { record, at })
    }

    /// Assigns the demand of this number to a member, which has to answer within the time of its rules.
    pub async fn assign_to(
        &self,
        by: Principal,
        number: String,
        (city, department): (CityCode, Option<Uscc>),
    ) -> Result<MatterView> {
        let (deadlines, now) = (Arc::clone(&self.deadlines), (self.clock)());
        let job = move |tx: &mut Tx<'_>| {
            let record = matter_table::named(tx, MatterKind::Demand, &number)?;
            if !roster::is_active(tx, city)? {
                let message = msg::MemberUnknown { city };
                return Err(Error::new(ErrorCode::NotFound, message));
            }
            let deadline = deadlines.due(city, Rule::DemandAnswer, local_date(now));
            let mv = MatterMove::Assign {
                city,
                department,
                deadline,
            };
            order_own(tx, now, &by, record, mv)
        };
        let record = self.ledger.write(job).await?;
        Ok(MatterView { record, at: now })
    }

    /// Counts the corrections of each entry.
    pub fn errors(&self, asked: &v1::CountErrorsRequest) -> Result<Page<v1::EntryErrors>> {
        matter_table::error_counts(&**self.ledger.kv(), asked, |_| Ok(true))
    }
}

impl MatterBrokerService<Permit> for MatterBroker {
    async fn list_corrections(
        &self,
        _: Permit,
        asked: v1::ListMattersRequest,
    ) -> Result<Page<v1::Matter>> {
        let this = self.clone();
        off_thread(move || this.page(MatterKind::Correction, &asked)).await
    }

    async fn list_demands(
        &self,
        _: Permit,
        asked: v1::ListMattersRequest,
    ) -> Result<Page<v1::Matter>> {
        let this = self.clone();
        off_thread(move || this.page(MatterKind::Demand, &asked)).await
    }

    async fn show(&self, _: Permit, asked: v1::ShowMatterRequest) -> Result<MatterView> {
        self.one(&asked.id)
    }

    async fn assign(&self, permit: Permit, asked: v1::AssignDemandRequest) -> Result<MatterView> {
        let city = city_from(&asked.city)?;
        let department = match asked.department.as_str() {
            "" => None,
            code => Some(code.parse()?),
        };
        let by = permit.principal().clone();
        self.assign_to(by, asked.id, (city, department)).await
    }

    async fn count_errors(
        &self,
        _: Permit,
        asked: v1::CountErrorsRequest,
    ) -> Result<Page<v1::EntryErrors>> {
        let this = self.clone();
        off_thread(move || this.errors(&asked)).await
    }
}
