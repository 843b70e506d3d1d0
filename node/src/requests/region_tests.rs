//! Grants beyond a region to which their entry was bound later.

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::request::{Attention, CloseCause};

use super::*;

#[tokio::test]
async fn a_grant_that_is_ordered_after_its_entry_was_bound_asks_for_attention_until_it_ends() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let (step, origin) = node.granted(id).await;
    let mut entry = entries::entry(&entries::draft(1, ShareClass::Conditional));
    entry.region = Some(OWN.parse().unwrap());
    let bound = EntryRecord::new(entry, 2, now());
    let put = move |tx: &mut Tx<'_>| catalogue::entries::put(tx, &bound);
    node.own.ledger.write(put).await.unwrap();
    node.ordered(id, step, origin).await.unwrap();
    let attention = |of| node.record(id).attention(city(of));
    assert_eq!(attention(OWN), [Attention::OutsideRegion]);
    assert_eq!(attention(CONSUMER), []);

    let closed = Step {
        party: Party::Consumer,
        actor: consumer(),
        at: now(),
        mv: Move::Close {
            cause: CloseCause::PurposeMet,
            statement: "已删除".to_owned(),
            evidence: String::new(),
        },
        due: None,
    };
    let origin = Origin {
        epoch: Epoch::first([2; 8]),
        seq: 9,
    };
    node.ordered(id, closed, origin).await.unwrap();
    assert_eq!(attention(OWN), []);
}
