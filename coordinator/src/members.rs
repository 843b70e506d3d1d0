//! The members of the cluster: the settings say who they are, the log tells the cities.

use std::collections::BTreeSet;

use chengji_domain::fact::{ClusterFact, Member};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_proto::convert::member_to;
use chengji_store::{Ledger, Tx};
use jiff::Timestamp;

use crate::{journal, records};

/// Makes the recorded members those of the settings: who is new or has changed is admitted in the
/// log, who is gone is no longer routed to.
pub async fn admit(ledger: &Ledger, members: Vec<Member>, at: Timestamp) -> Result<()> {
    ledger.write(move |tx| admit_in(tx, &members, at)).await
}

/// The city of a calling node or person must be a member; callers without a city pass.
pub fn check_caller(members: &BTreeSet<CityCode>, caller: &Principal) -> Result<()> {
    match caller.city() {
        Some(city) if !members.contains(&city) => {
            let message = format!("{caller} does not belong to a member of this cluster");
            Err(Error::new(ErrorCode::Denied, message)
                .with_remedy("have the coordinator's operator add the city to [[members]]"))
        }
        _ => Ok(()),
    }
}

fn admit_in(tx: &mut Tx<'_>, members: &[Member], at: Timestamp) -> Result<()> {
    for member in members {
        if records::member(tx, member.city)? == Some(member_to(member)) {
            continue;
        }
        records::put_member(tx, member);
        let fact = ClusterFact::Admitted(member.clone());
        journal::append(tx, at, &Principal::Coordinator, fact)?;
    }
    for known in records::members(tx)? {
        let city: CityCode = known.city.parse()?;
        if !members.iter().any(|member| member.city == city) {
            tracing::warn!(%city, "no longer a member: its log is not followed any more");
            records::delete_member(tx, city);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, at};

    #[tokio::test]
    async fn only_new_and_changed_members_are_admitted_in_the_log() {
        let world = World::new().await;
        let head = world.ledger.head().seq;
        let mut members = world.members();
        admit(&world.ledger, members.clone(), at("2026-11-23T02:00:00Z"))
            .await
            .unwrap();
        assert_eq!(world.ledger.head().seq, head, "nothing has changed");

        members[1].endpoint = "moved.example:7400".to_owned();
        admit(&world.ledger, members.clone(), at("2026-11-23T02:00:00Z"))
            .await
            .unwrap();
        assert_eq!(
            world.facts().last(),
            Some(&ClusterFact::Admitted(members[1].clone()))
        );
        assert_eq!(world.ledger.head().seq, head + 1);

        let gone = members.pop().unwrap();
        admit(&world.ledger, members, at("2026-11-23T02:00:00Z"))
            .await
            .unwrap();
        assert_eq!(
            records::member(&**world.ledger.kv(), gone.city).unwrap(),
            None
        );
    }

    #[test]
    fn a_stranger_city_is_denied() {
        let members = BTreeSet::from(["430100".parse().unwrap()]);
        let check = |caller: &str| check_caller(&members, &caller.parse().unwrap());
        assert!(check("city/430100/node").is_ok() && check("auditor/sheng").is_ok());
        assert_eq!(
            check("city/430200/node").unwrap_err().code(),
            ErrorCode::Denied
        );
    }
}
