//! Notes the return flows of the cities' logs in the coordinator's own, for the other members: recorded only, neither
//! ordered nor refused.

use chengji_domain::fact::{ClusterFact, Origin};
use chengji_domain::return_flow::{ReturnFlowAct, ReturnFlowFact, ReturnFlowNote};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, ResourceRef, Result};
use chengji_follow::return_flow_table;
use chengji_messages::msg;
use chengji_store::Tx;
use jiff::Timestamp;

use crate::{journal, records};

/// Notes an act of this city, at this position and time of its log. The end of what has ended is no act: a log that was
/// restored repeats the end that it has lost.
///
/// # Errors
///
/// `PEER_INVALID` for an entry that the city never published, and for the end of a return flow that it never declared;
/// `INVALID_ARGUMENT` for a division that is not below the city; storage errors.
pub fn note(
    tx: &mut Tx<'_>,
    now: Timestamp,
    city: CityCode,
    (origin, at): (Origin, Timestamp),
    fact: &ReturnFlowFact,
) -> Result<()> {
    let code = fact.act.code();
    match &fact.act {
        ReturnFlowAct::Declare { flow, .. } => {
            flow.check_divisions(city)?;
            if records::entry(tx, city, code)?.is_none() {
                let code = code.clone();
                let entry = ResourceRef { city, code };
                let message = msg::EntryNeverPublished { entry };
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            }
        }
        ReturnFlowAct::End { .. } => {
            let Some(known) = return_flow_table::find(tx, city, code)? else {
                let message = msg::ReturnFlowNotFound { code };
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            };
            if !known.is_running() {
                return Ok(());
            }
        }
    }
    let note = ReturnFlowNote {
        provider: city,
        origin,
        at,
        fact: fact.clone(),
    };
    return_flow_table::take(tx, &note, None)?;
    let noted = ClusterFact::ReturnFlowNoted(Box::new(note));
    journal::append(tx, now, &Principal::Coordinator, noted).map(drop)
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::{EntryRecord, ShareClass};
    use chengji_domain::fact::Origin;
    use chengji_domain::return_flow::ReturnFlow;

    use super::*;
    use crate::tests::world::{EPOCH, PROVIDER, START, World, acting, at, city, code, entry};

    const PROVINCE: &str = "430000";

    fn declared(to: Option<&str>) -> ReturnFlowAct {
        ReturnFlowAct::Declare {
            code: code(1).parse().unwrap(),
            flow: ReturnFlow {
                to: to.map(city),
                rows: "行政区划代码为本市的登记信息".to_owned(),
            },
        }
    }

    fn ended(serial: u32) -> ReturnFlowAct {
        ReturnFlowAct::End {
            code: code(serial).parse().unwrap(),
            reason: "系统下线".to_owned(),
            consultation: "书面征求各市意见".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_return_flow_is_noted_only_if_it_is_to_a_lower_division() {
        let world = World::new().await;
        let published = |tx: &mut Tx<'_>| {
            let entry = entry(1, ShareClass::Conditional);
            let record = EntryRecord::new(entry, 1, at(START));
            records::put_entry(tx, city(PROVINCE), &record, None)
        };
        world.ledger.write(published).await.unwrap();
        let noted = async |provider: &'static str, act: ReturnFlowAct| {
            let actor = acting(provider);
            let fact = ReturnFlowFact { act, actor };
            let origin = Origin {
                epoch: EPOCH,
                seq: 9,
            };
            let by = (origin, at(START));
            let job = move |tx: &mut Tx<'_>| note(tx, at(START), city(provider), by, &fact);
            let noted = world.ledger.write(job).await;
            noted.map_err(|error| error.code())
        };
        let refused = Err(ErrorCode::InvalidArgument);
        assert_eq!(noted(PROVINCE, declared(Some("420100"))).await, refused);
        assert_eq!(noted(PROVIDER, declared(None)).await, refused);
        let unknown = noted(PROVINCE, ended(1)).await;
        assert_eq!(unknown, Err(ErrorCode::PeerInvalid));
        assert_eq!(noted(PROVINCE, declared(None)).await, Ok(()));
        let is_noted = |fact: &ClusterFact| matches!(fact, ClusterFact::ReturnFlowNoted(_));
        assert_eq!(
            world.facts().iter().filter(|fact| is_noted(fact)).count(),
            1
        );
        let serves = || {
            let (kv, of) = (&**world.ledger.kv(), (city(PROVINCE), city(PROVIDER)));
            let code = code(1).parse().unwrap();
            return_flow_table::serving(kv, of, &code).unwrap().is_some()
        };
        assert!(serves());
        assert_eq!(noted(PROVINCE, ended(1)).await, Ok(()));
        assert!(!serves());
        let facts = world.facts().len();
        assert_eq!(noted(PROVINCE, ended(1)).await, Ok(()), "repeated");
        assert_eq!(world.facts().len(), facts);
    }
}
