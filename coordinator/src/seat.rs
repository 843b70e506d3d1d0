//! The coordinator as the one who decides: it certifies nodes and the cluster's people, and says in
//! its log, signed, who is a member, who is of its people, and which certificates are void.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_access::{CertifiedNode, Seat, book, roster};
use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::{AccessFact, ClusterFact, LogOwner, Member};
use chengji_domain::roster::{Membership, Roster, Standing};
use chengji_domain::{CityCode, Endpoint, Epoch, Error, ErrorCode, Principal, Result};
use chengji_pki::Authority;
use chengji_proto::convert::{membership_from, membership_to, recorded};
use chengji_store::{Position, Tx};
use jiff::Timestamp;

use crate::{journal, records};

/// The longest reason that every node keeps with the list, characters.
const MOST_REASON: usize = 60;

/// The coordinator's seat.
pub struct CoordinatorSeat {
    authority: Arc<Authority>,
    address: String,
}

impl CoordinatorSeat {
    /// A seat with the cluster's authority; newcomers come to this address.
    pub fn new(authority: Authority, address: String) -> Self {
        let authority = Arc::new(authority);
        Self { authority, address }
    }
}

impl Seat for CoordinatorSeat {
    fn authority(&self) -> Arc<Authority> {
        Arc::clone(&self.authority)
    }

    fn chain(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    fn cluster_authority(&self) -> Vec<u8> {
        self.authority.certificate().to_vec()
    }

    fn address(&self) -> String {
        self.address.clone()
    }

    fn person(&self, name: &str, rights: &Rights) -> Result<Principal> {
        let roles: Vec<Role> = rights.roles().iter().copied().collect();
        match roles[..] {
            [Role::Operator] => Ok(Principal::Operator(name.parse()?)),
            [Role::Auditor] => Ok(Principal::Auditor(name.parse()?)),
            _ => {
                let message = format!("{rights} is no role of the cluster's people");
                Err(Error::new(ErrorCode::InvalidArgument, message)
                    .with_remedy("give the role operator, or the role auditor"))
            }
        }
    }

    fn say(&self, tx: &mut Tx<'_>, by: &Principal, at: Timestamp, fact: AccessFact) -> Result<()> {
        if matches!(fact, AccessFact::Granted { .. }) {
            roster::check_room(&composed(tx, self.authority.cluster(), at)?)?;
        }
        journal::append(tx, at, by, ClusterFact::Access(fact)).map(drop)
    }

    fn certified_node(
        &self,
        tx: &mut Tx<'_>,
        at: Timestamp,
        node: &CertifiedNode<'_>,
    ) -> Result<()> {
        let before = records::member(tx, node.city)?;
        let before = before.map(|wire| membership_from(&wire)).transpose()?;
        let name = node.name.map(str::to_owned);
        let known_name = before.as_ref().map(|known| known.member.name.clone());
        let member = Member {
            city: node.city,
            name: name.or(known_name).unwrap_or_default(),
            endpoint: node.endpoint.parse::<Endpoint>()?.into(),
        };
        // An invitation brings a removed city back; a renewal changes no standing.
        let (standing, since, reason) = match &before {
            Some(known) if node.name.is_none() || known.standing == Standing::Suspended => {
                (known.standing, known.since, known.reason.clone())
            }
            Some(known) if known.standing == Standing::Active => {
                (Standing::Active, known.since, String::new())
            }
            _ => (Standing::Active, at, String::new()),
        };
        if before.is_none() {
            roster::check_room(&composed(tx, self.authority.cluster(), at)?)?;
        }
        let is_news = before
            .as_ref()
            .is_none_or(|known| known.member != member || known.standing != standing);
        let membership = Membership {
            member: member.clone(),
            standing,
            since,
            reason,
            certificate: Some(node.issued.certificate),
        };
        records::put_member(tx, node.city, &membership_to(&membership));
        if is_news {
            let by = Principal::Node(node.city);
            journal::append(tx, at, &by, ClusterFact::Admitted(member))?;
        }
        Ok(())
    }

    fn followed_epoch(&self, tx: &Tx<'_>, city: CityCode) -> Result<Epoch> {
        Ok(chengji_follow::position(tx, LogOwner::City(city))?.epoch)
    }

    fn changed(&self, tx: &mut Tx<'_>, at: Timestamp) -> Result<()> {
        let roster = composed(tx, self.authority.cluster(), at)?;
        let before = roster::stored(tx)?.map(|before| Roster {
            epoch: roster.epoch,
            seq: roster.seq,
            at,
            ..before
        });
        if before.as_ref() == Some(&roster) {
            return Ok(());
        }
        let signed = roster::sign(&roster, &self.authority)?;
        roster::put(tx, &signed);
        journal::append(tx, at, &Principal::Coordinator, ClusterFact::Roster(signed)).map(drop)
    }
}

/// The roster, out of what is on record, for the next entry of the log.
fn composed(tx: &Tx<'_>, cluster: &str, at: Timestamp) -> Result<Roster> {
    let members = records::members(tx)?;
    let mut members = members
        .iter()
        .map(membership_from)
        .collect::<Result<Vec<_>>>()?;
    for known in &mut members {
        // The whole reason stands in the log.
        known.reason = known.reason.chars().take(MOST_REASON).collect();
    }
    let people = book::people(tx)?
        .into_iter()
        .filter(|person| person.ended.is_none());
    let people = people
        .map(|person| person.principal.parse())
        .collect::<Result<_>>()?;
    let mut revoked = BTreeSet::new();
    for certificate in book::certificates(tx)? {
        let end = recorded(certificate.not_after.as_ref());
        let is_kept = end.is_some_and(|end| book::is_kept(end, at));
        if certificate.revoked.is_some() && is_kept {
            revoked.insert(certificate.serial.parse()?);
        }
    }
    let Position { epoch, seq } = tx.next();
    Ok(Roster {
        cluster: cluster.to_owned(),
        epoch,
        seq,
        at,
        members,
        people,
        revoked,
    })
}
