//! The salts of grants, by which values are hashed: made when a table is first delivered under a grant, and kept through
//! its amendments, so that equal values stay equal. They are in no log, and in each backup.

use chengji_domain::Result;
use chengji_domain::request::RequestId;
use chengji_records::{GrantSalt, StoredGrantSalt};
use chengji_store::{Prefix, Table, Tx};

use crate::own_log::OwnLog;

/// The salt of each grant of a table, by request.
pub(crate) static SALTS: Table<RequestId, StoredGrantSalt> = Table::new(Prefix::GrantSalt, &[]);

/// The salt of the grant, which is made if there is none.
pub(super) async fn of(own: &OwnLog, request: RequestId) -> Result<GrantSalt> {
    if let Some(kept) = SALTS.get(own.ledger.kv().as_ref(), &request)? {
        return Ok(kept);
    }
    let made = GrantSalt(rand::random());
    let job = move |tx: &mut Tx<'_>| {
        // Another delivery may have made it meanwhile.
        if let Some(kept) = SALTS.get(tx, &request)? {
            return Ok(kept);
        }
        SALTS.put(tx, &request, &made)?;
        Ok(made)
    };
    own.ledger.write(job).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::samples::catalogue_with;
    use chengji_sources::Sources;

    #[tokio::test]
    async fn a_grant_keeps_its_salt_and_shares_it_with_no_other() {
        let own = catalogue_with(&[], Sources::default()).own;
        let request = |seq: u64| {
            let number = format!("430100-1-{seq}-AAAAAAAAAAAAA");
            number.parse::<RequestId>().unwrap()
        };
        let head = own.ledger.head().seq;
        let first = of(&own, request(7)).await.unwrap();
        assert_eq!(of(&own, request(7)).await.unwrap(), first);
        assert_ne!(of(&own, request(8)).await.unwrap(), first);
        assert_eq!(own.ledger.head().seq, head, "no log has them");
    }
}
