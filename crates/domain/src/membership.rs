//! The members of the cluster as of a position of the coordinator's log, folded from its facts.
//!
//! The current roster decides whether a city may take part now; this fold shows whether it did at an earlier
//! position, for figures of the past.

use std::collections::BTreeMap;

use crate::city::CityCode;
use crate::fact::ClusterFact;
use crate::roster::MembershipStatus;

/// The members as of a position of the coordinator's log. Facts are applied in the order of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memberships(BTreeMap<CityCode, KnownMember>);

/// A city that is or was a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMember {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Its status.
    pub status: MembershipStatus,
}

impl Memberships {
    /// Returns true if a fact changes a fold of memberships.
    pub fn is_changed_by(fact: &ClusterFact) -> bool {
        matches!(
            fact,
            ClusterFact::Admitted(_) | ClusterFact::StatusChanged { .. }
        )
    }

    /// Applies the next fact of the coordinator's log. A suspended member that is admitted again (a renewed
    /// certificate, another address) stays suspended; a removed one becomes active.
    pub fn apply(&mut self, fact: &ClusterFact) {
        match fact {
            ClusterFact::Admitted(member) => {
                let before = self.0.get(&member.city).map(|known| known.status);
                let status = match before {
                    Some(MembershipStatus::Suspended) => MembershipStatus::Suspended,
                    Some(MembershipStatus::Active | MembershipStatus::Removed) | None => {
                        MembershipStatus::Active
                    }
                };
                let name = member.name.clone();
                self.0.insert(member.city, KnownMember { name, status });
            }
            ClusterFact::StatusChanged { city, status, .. } => {
                if let Some(known) = self.0.get_mut(city) {
                    known.status = *status;
                }
            }
            _ => {}
        }
    }

    /// Returns the cities that are members, active or suspended, ordered by code.
    pub fn present(&self) -> impl Iterator<Item = (CityCode, &KnownMember)> {
        let all = self.0.iter().map(|(city, known)| (*city, known));
        all.filter(|(_, known)| known.status != MembershipStatus::Removed)
    }

    /// Returns the cities that are active members, ordered by code.
    pub fn active(&self) -> Vec<CityCode> {
        let active = self.present();
        let active = active.filter(|(_, known)| known.status == MembershipStatus::Active);
        active.map(|(city, _)| city).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::Member;

    fn admitted(code: &str, name: &str) -> ClusterFact {
        ClusterFact::Admitted(Member {
            city: code.parse().unwrap(),
            name: name.to_owned(),
            endpoint: "node.example:7400".to_owned(),
            log_key: None,
        })
    }

    fn status_changed(code: &str, status: MembershipStatus) -> ClusterFact {
        ClusterFact::StatusChanged {
            city: code.parse().unwrap(),
            status,
            reason: "演练".to_owned(),
        }
    }

    fn fold(facts: &[ClusterFact]) -> Memberships {
        let mut members = Memberships::default();
        facts.iter().for_each(|fact| members.apply(fact));
        members
    }

    #[test]
    fn the_status_follows_the_log_and_a_removed_city_is_kept_apart() {
        let facts = [
            admitted("430100", "长沙"),
            admitted("430200", "株洲"),
            status_changed("430200", MembershipStatus::Suspended),
            admitted("430200", "株洲市"),
            status_changed("430100", MembershipStatus::Removed),
        ];
        assert!(facts.iter().all(Memberships::is_changed_by));
        let present = |facts: &[ClusterFact]| {
            let members = fold(facts);
            let present = members.present();
            present
                .map(|(city, known)| format!("{city} {} {}", known.name, known.status))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            present(&facts[..2]),
            ["430100 长沙 active", "430200 株洲 active"]
        );
        assert_eq!(present(&facts), ["430200 株洲市 suspended"]);
        assert_eq!(fold(&facts[..2]).active().len(), 2);
        assert!(fold(&facts).active().is_empty());
        let back = [&facts[..], &[admitted("430100", "长沙")]].concat();
        assert_eq!(present(&back).len(), 2);
    }
}
