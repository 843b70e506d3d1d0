//! The part of the data directory about the use of grants.

use chengji_domain::request::terms::{CountedContent, GrantUse, Voucher};
use chengji_domain::usage::UsageFact;

use super::*;
use crate::delivery::metering;

/// Adds it to a directory without it.
pub(super) async fn add_missing(ledger: &Ledger) {
    if kinds_of(ledger).contains("usage") {
        return;
    }
    let own = OwnLog {
        city: city(OWN),
        ledger: ledger.clone(),
        clock: Arc::new(now),
    };
    let add = move |tx: &mut Tx<'_>| usage(&own, tx);
    ledger.write(add).await.unwrap();
}

/// Facts and records of the use of grants, as provider and as consumer.
pub(super) fn usage(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let request: RequestId = "430100-1-7-AAAAAAAAAAAAA".parse()?;
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
        first_delivered_at: Some(now()),
    };
    metering::USES.put(tx, &request, &used)?;
    metering::FETCHES.put(tx, &(request, 1), &now())?;
    let vouched = UsageFact::Vouched {
        request,
        voucher: Voucher {
            user: person("wang.fang"),
            department: Some(CREDIT_CODE.parse()?),
            operation: Some("统计".to_owned()),
        },
    };
    let fact = CityFact::Usage(Box::new(vouched));
    own.append(tx, &own.node(), now(), fact).map(drop)
}
