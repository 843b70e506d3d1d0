//! Notes the return flows of the cities' logs in the coordinator's own, for the members concerned: recorded only,
//! neither ordered nor refused. The reason and the consultation of an end are read by the provider and its lower
//! divisions alone.

use std::collections::BTreeSet;

use chengji_access::roster;
use chengji_domain::fact::{ClusterFact, Origin};
use chengji_domain::return_flow::{
    RecordedFlow, ReturnFlowAct, ReturnFlowFact, ReturnFlowNote, is_above,
};
use chengji_domain::roster::{MembershipStatus, is_before};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, ResourceRef, Result};
use chengji_follow::return_flow_table;
use chengji_messages::msg;
use chengji_store::{Tx, View};
use jiff::Timestamp;

use crate::{journal, records};

/// Notes an act of this city, at this position and time of its log, unless it was noted before, as when the log is read
/// again. The end of what has ended is no act: a log that was restored repeats the end that it has lost. A declaration
/// in place of one that such a log has lost ends that one.
///
/// # Errors
///
/// `PEER_INVALID` for an entry that the city never published, and for the end of a return flow that it never declared;
/// `INVALID_ARGUMENT` for a division that is not below the city; storage errors.
pub fn note(
    tx: &mut Tx<'_>,
    now: Timestamp,
    city: CityCode,
    by: (Origin, Timestamp),
    fact: &ReturnFlowFact,
) -> Result<()> {
    let code = fact.act.code();
    let known = return_flow_table::find(tx, city, code)?;
    if known.as_ref().is_some_and(|known| is_repeated(known, by.0)) {
        return Ok(());
    }
    let note = |readers| ReturnFlowNote {
        provider: city,
        origin: by.0,
        at: by.1,
        fact: fact.clone(),
        readers,
    };
    match &fact.act {
        ReturnFlowAct::Declare { flow, .. } => {
            flow.check_divisions(city)?;
            if records::entry(tx, city, code)?.is_none() {
                let code = code.clone();
                let entry = ResourceRef { city, code };
                let message = msg::EntryNeverPublished { entry };
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            }
            if let Some(replaced) = known.filter(RecordedFlow::is_running) {
                let readers = readers_of(city, replaced.flow.to);
                append(
                    tx,
                    now,
                    ReturnFlowNote::bare_end(city, by, code.clone(), readers),
                )?;
            }
            append(tx, now, note(readers_of(city, flow.to)))
        }
        ReturnFlowAct::End { .. } => {
            let Some(known) = known else {
                let message = msg::ReturnFlowNotFound { code };
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            };
            if !known.is_running() {
                return Ok(());
            }
            if let Some(readers) = readers_of(city, known.flow.to) {
                return append(tx, now, note(Some(readers)));
            }
            let readers = with_members_below(tx, city)?;
            append(tx, now, note(Some(readers)))?;
            append(
                tx,
                now,
                ReturnFlowNote::bare_end(city, by, code.clone(), None),
            )
        }
    }
}

/// Returns true for an act that was noted before: not one that follows on the declaration of the last return flow.
fn is_repeated(known: &RecordedFlow, origin: Origin) -> bool {
    let declared = Origin {
        epoch: known.number.epoch,
        seq: known.number.seq,
    };
    origin == declared || is_before(origin, declared)
}

/// The readers of the notes on a return flow: of one to a division, that one and the provider.
fn readers_of(provider: CityCode, to: Option<CityCode>) -> Option<BTreeSet<CityCode>> {
    to.map(|to| BTreeSet::from([provider, to]))
}

/// A city and the members below it.
fn with_members_below(view: &(impl View + ?Sized), upper: CityCode) -> Result<BTreeSet<CityCode>> {
    let mut cities = BTreeSet::from([upper]);
    roster::each_member(view, |known| {
        let lower = known.member.city;
        if is_above(upper, lower) && known.status != MembershipStatus::Removed {
            cities.insert(lower);
        }
        Ok(())
    })?;
    Ok(cities)
}

/// Records a note, and appends it to the coordinator's log.
fn append(tx: &mut Tx<'_>, now: Timestamp, note: ReturnFlowNote) -> Result<()> {
    return_flow_table::take(tx, &note, None)?;
    let noted = ClusterFact::ReturnFlowNoted(Box::new(note));
    journal::append(tx, now, &Principal::Coordinator, noted).map(drop)
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::{EntryRecord, ShareClass};
    use chengji_domain::fact::{Audience, Origin};
    use chengji_domain::request::Actor;
    use chengji_domain::return_flow::ReturnFlow;

    use super::*;
    use crate::records::CatalogueSums;
    use crate::tests::world::{
        CONSUMER, EPOCH, PROVIDER, START, STRANGER, World, acting, at, city, code, entry,
    };

    const PROVINCE: &str = "430000";

    fn declare(to: Option<&str>) -> ReturnFlowAct {
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

    /// A cluster in which the province has published an entry.
    async fn world() -> World {
        let world = World::new().await;
        let published = |tx: &mut Tx<'_>| {
            let entry = entry(1, ShareClass::Conditional);
            let record = EntryRecord::new(entry, 1, at(START));
            let mut sums = CatalogueSums::default();
            records::put_entry(tx, &mut sums, city(PROVINCE), &record, None)?;
            sums.store(tx, city(PROVINCE))
        };
        world.ledger.write(published).await.unwrap();
        world
    }

    /// Notes an act of this provider, at this position of its log.
    async fn noted(
        world: &World,
        (provider, seq): (&str, u64),
        act: ReturnFlowAct,
    ) -> std::result::Result<(), ErrorCode> {
        let actor = acting(provider);
        let (fact, provider) = (ReturnFlowFact { act, actor }, city(provider));
        let by = (Origin { epoch: EPOCH, seq }, at(START));
        let job = move |tx: &mut Tx<'_>| note(tx, at(START), provider, by, &fact);
        let noted = world.ledger.write(job).await;
        noted.map_err(|error| error.code())
    }

    /// The notes in the coordinator's log.
    fn notes(world: &World) -> Vec<ReturnFlowNote> {
        let note = |fact| match fact {
            ClusterFact::ReturnFlowNoted(note) => Some(*note),
            _ => None,
        };
        world.facts().into_iter().filter_map(note).collect()
    }

    fn readers(cities: &[&str]) -> Audience {
        Audience::of_cities(cities.iter().map(|of| city(of)))
    }

    #[tokio::test]
    async fn a_return_flow_is_noted_where_it_leads_downward() {
        let world = world().await;
        let refused = Err(ErrorCode::InvalidArgument);
        let elsewhere = declare(Some("420100"));
        assert_eq!(noted(&world, (PROVINCE, 1), elsewhere).await, refused);
        assert_eq!(noted(&world, (PROVIDER, 1), declare(None)).await, refused);
        let unknown = noted(&world, (PROVINCE, 2), ended(1)).await;
        assert_eq!(unknown, Err(ErrorCode::PeerInvalid));
        assert_eq!(notes(&world), []);
        let serves = || {
            let (kv, of) = (&**world.ledger.kv(), (city(PROVINCE), city(PROVIDER)));
            let code = code(1).parse().unwrap();
            return_flow_table::serving(kv, of, &code).unwrap().is_some()
        };
        for (seq, act, is_running, facts) in [
            (3, declare(None), true, 1),
            (3, declare(None), true, 1),
            (4, ended(1), false, 3),
            (4, ended(1), false, 3),
            (3, declare(None), false, 3),
        ] {
            assert_eq!(noted(&world, (PROVINCE, seq), act).await, Ok(()));
            assert_eq!((serves(), notes(&world).len()), (is_running, facts));
        }
    }

    #[tokio::test]
    async fn an_end_is_read_by_those_concerned_and_known_to_those_who_know_the_declaration() {
        let world = world().await;
        let to_one = || declare(Some(PROVIDER));
        let acts = [declare(None), ended(1), to_one(), ended(1)];
        for (seq, act) in (1..).zip(acts) {
            noted(&world, (PROVINCE, seq), act).await.unwrap();
        }
        let found = notes(&world);
        let [to_all, end, bare, to_one, end_to_one] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(to_all.audience(), Audience::Members);
        let below = readers(&[PROVINCE, CONSUMER, PROVIDER, STRANGER]);
        assert_eq!(end.audience(), below);
        assert_eq!(end.fact.act, ended(1));
        assert_eq!(bare.audience(), Audience::Members);
        assert!(!format!("{bare:?}").contains("意见"));
        let node = Principal::Node(city(PROVINCE));
        assert_eq!(bare.fact.actor, Actor::from(node));
        for note in [to_one, end_to_one] {
            assert_eq!(note.audience(), readers(&[PROVINCE, PROVIDER]));
        }
    }

    #[tokio::test]
    async fn a_declaration_in_place_of_one_that_a_restored_log_has_lost_ends_that_one() {
        let world = world().await;
        for (seq, act) in (1..).zip([declare(None), declare(Some(PROVIDER))]) {
            noted(&world, (PROVINCE, seq), act).await.unwrap();
        }
        let found = notes(&world);
        let [_, replaced, last] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(matches!(replaced.fact.act, ReturnFlowAct::End { .. }));
        assert_eq!(replaced.audience(), Audience::Members);
        assert_eq!(last.fact.act, declare(Some(PROVIDER)));
    }
}
