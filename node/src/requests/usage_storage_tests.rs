//! The part of the data directory about the use of grants, and about rules for automatic ones.

use std::cmp::Reverse;

use chengji_domain::calendar::Deadline;
use chengji_domain::grant_rule::{GrantRule, GrantRuleFact, RecordedRule};
use chengji_domain::request::terms::{CountedContent, GrantUse, Voucher};
use chengji_domain::usage::{Period, Usage, UsageFact, UsageRecord};
use chengji_records::{GrantSalt, UsageState};

use super::*;
use crate::delivery::{metering, salts};
use crate::grant_rules;
use crate::usage::records as records_of_use;

/// The request whose data is used.
const USED: &str = "430100-1-7-AAAAAAAAAAAAA";

/// Adds it to a directory without it.
pub(super) async fn add_missing(ledger: &Ledger) {
    let is_new = !kinds_of(ledger).contains("usage");
    let own = OwnLog {
        city: city(OWN),
        ledger: ledger.clone(),
        clock: Arc::new(now),
    };
    let add = move |tx: &mut Tx<'_>| {
        if is_new {
            return usage(&own, tx);
        }
        let request: RequestId = USED.parse()?;
        let state = records_of_use::STATES.get(tx, &request)?;
        match state.and_then(|state| state.overdue) {
            None => reminded(&own, tx, request),
            Some(_) => Ok(()),
        }
    };
    ledger.write(add).await.unwrap();
}

/// Facts and records of the use of grants, as provider and as consumer.
pub(super) fn usage(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let request: RequestId = USED.parse()?;
    let used = GrantUse {
        counted: 1,
        transfers: 2,
        content: CountedContent {
            revision: 1,
            bytes: 900,
            digest: Digest([3; 32]),
        },
        counted_at: now(),
        finished: true,
        failed: false,
        first_delivered_at: Some(now()),
    };
    metering::USES.put(tx, &request, &used)?;
    metering::FETCHES.put(tx, &(request, 1), &now())?;
    salts::SALTS.put(tx, &request, &GrantSalt([7; 32]))?;
    let vouched = UsageFact::Vouched {
        request,
        voucher: Voucher {
            user: person("wang.fang"),
            department: Some(CREDIT_CODE.parse()?),
            operation: Some("统计".to_owned()),
        },
    };
    let fact = CityFact::Usage(Box::new(vouched));
    own.append(tx, &own.node(), now(), fact)?;
    recorded(own, tx, request)?;
    reminded(own, tx, request)?;
    rule(own, tx)
}

/// The reminder of a usage record, and the note that it is overdue.
fn reminded(own: &OwnLog, tx: &mut Tx<'_>, request: RequestId) -> Result<()> {
    let period = Period {
        from: "2026-12-23".parse().unwrap(),
        to: "2027-01-22".parse().unwrap(),
    };
    for overdue in [false, true] {
        let fact = UsageFact::Reminded {
            request,
            provider: city(CONSUMER),
            period,
            deadline: Deadline::certain("2027-02-25".parse().unwrap()),
            overdue,
        };
        let fact = CityFact::Usage(Box::new(fact));
        own.append(tx, &own.node(), now(), fact)?;
    }
    let state = UsageState {
        provider: city(CONSUMER),
        next: Some(period.to),
        recorded: None,
        reminded: Some(period.to),
        overdue: Some(period.to),
    };
    records_of_use::STATES.put(tx, &request, &state)
}

/// A rule for automatic grants.
fn rule(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let rule = GrantRule {
        department_kinds: ["11".parse()?].into(),
        purposes: ["核对区划".to_owned()].into(),
        max_days: 90,
    };
    let actor = Actor::new(person("shen.pi"), None);
    let code = entry(2).code;
    let set = GrantRuleFact::Set {
        code: code.clone(),
        revision: 1,
        rule: rule.clone(),
        actor: actor.clone(),
    };
    let fact = CityFact::GrantRule(Box::new(set));
    own.append(tx, &person("shen.pi"), now(), fact)?;
    let recorded = RecordedRule {
        rule,
        revision: 1,
        actor,
        at: now(),
    };
    grant_rules::records::RULES.put(tx, &code, &recorded)
}

/// A record of use, and a grant whose next one is due.
fn recorded(own: &OwnLog, tx: &mut Tx<'_>, request: RequestId) -> Result<()> {
    let text = || "已用于核验".to_owned();
    let period = Period {
        from: "2026-11-23".parse().unwrap(),
        to: "2026-12-22".parse().unwrap(),
    };
    let usage = Usage {
        request,
        period,
        scenario: text(),
        process: text(),
        effect: text(),
        storage: text(),
        destroyed_on: Some(period.to),
        destruction: text(),
        compliance: text(),
    };
    let actor = Actor::new(person("wang.fang"), Some(CREDIT_CODE.parse()?));
    let fact = UsageFact::Recorded {
        usage: Box::new(usage.clone()),
        actor: actor.clone(),
    };
    let fact = CityFact::Usage(Box::new(fact));
    let position = own.append(tx, &person("wang.fang"), now(), fact)?;
    let number = RequestId {
        city: own.city,
        epoch: position.epoch,
        seq: position.seq,
    };
    let record = UsageRecord {
        number,
        provider: city(CONSUMER),
        usage,
        actor,
        at: now(),
        keep_years: 3,
    };
    records_of_use::RECORDS.put(tx, &Reverse(number), &record)?;
    let state = UsageState {
        provider: city(CONSUMER),
        next: Some("2027-01-22".parse().unwrap()),
        recorded: None,
        reminded: None,
        overdue: None,
    };
    records_of_use::STATES.put(tx, &request, &state)
}
