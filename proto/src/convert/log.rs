//! Log entries: sealing and reading them.

use chengji_domain::delegation::DelegationFact;
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::{Audience, CityFact, ClusterFact, LogEntry, LogOwner};
use chengji_domain::notification::SubscriptionFact;
use chengji_domain::rate::Counted;
use chengji_domain::{CityCode, Error, ErrorCode, Principal};
use chengji_log::v1::Body;
use chengji_log::v1::body::Fact as Wire;
use chengji_log::{Entry, SALT};
use chengji_messages::{Value, msg};

use super::city_fact::{city_fact_from, city_fact_to};
use super::cluster_fact::{cluster_fact_from, cluster_fact_to};
use super::envelope::{envelope_from, envelope_to};
use super::invalid;
use super::reader::min_reader;

/// Converts and seals an entry of a city's log, with these random bytes as salt.
pub fn city_entry_to(entry: &LogEntry<CityFact>, salt: [u8; SALT]) -> Entry {
    let (audience, counts) = (entry.fact.audience(), Counted::of(&entry.fact));
    seal(entry, audience, counts, city_fact_to(&entry.fact), salt)
}

/// Converts and seals an entry of the coordinator's log, with these random bytes as salt.
pub fn cluster_entry_to(entry: &LogEntry<ClusterFact>, salt: [u8; SALT]) -> Entry {
    let audience = entry.fact.audience();
    seal(entry, audience, None, cluster_fact_to(&entry.fact), salt)
}

/// Reads an entry of this city's log. Errors: an entry of another log, a principal that does not belong to
/// the city, a fact that no city may record, and an envelope whose counted part differs from the body.
pub fn city_entry_from(entry: &Entry, city: CityCode) -> Result<LogEntry<CityFact>, Error> {
    let envelope = envelope_from(&entry.envelope, LogOwner::City(city))?;
    city_entry_in(&envelope, entry, city)
}

/// Reads an entry of this city's log whose envelope is already parsed. Errors: as of [`city_entry_from`],
/// except for those of the envelope itself.
pub fn city_entry_in(
    envelope: &Envelope,
    entry: &Entry,
    city: CityCode,
) -> Result<LogEntry<CityFact>, Error> {
    let entry = parse(envelope, entry, city_fact_from)?;
    if envelope.counts != Counted::of(&entry.fact) {
        return Err(invalid("counts", msg::WireCountsDiffer));
    }
    if entry.principal.city() != Some(city) {
        let who = &entry.principal;
        let why = msg::WireWriterForeign { city, who };
        return Err(invalid("principal", why));
    }
    if let CityFact::Access(fact) = &entry.fact
        && person_or_app_of(fact.principal()) != Some(city)
    {
        let who = fact.principal();
        let why = msg::WirePersonForeign { city, who };
        return Err(invalid("principal", why));
    }
    check_actor(&entry.fact, city)?;
    Ok(entry)
}

/// Reads an entry of the coordinator's log. Errors: also access facts about a city's people or applications,
/// which only the city may record.
pub fn cluster_entry_from(entry: &Entry) -> Result<LogEntry<ClusterFact>, Error> {
    let envelope = envelope_from(&entry.envelope, LogOwner::Coordinator)?;
    cluster_entry_in(&envelope, entry)
}

/// Reads an entry of the coordinator's log whose envelope is already parsed. Errors: as of
/// [`cluster_entry_from`], except for those of the envelope itself.
pub fn cluster_entry_in(
    envelope: &Envelope,
    entry: &Entry,
) -> Result<LogEntry<ClusterFact>, Error> {
    let entry = parse(envelope, entry, cluster_fact_from)?;
    if let ClusterFact::Access(fact) = &entry.fact
        && let Some(city) = person_or_app_of(fact.principal())
    {
        let why = msg::WireRightsForeign { city };
        return Err(invalid("principal", why));
    }
    Ok(entry)
}

/// Refuses a submission, a filing, a move, a stop, a consent, a delegation, a use, a rule, a return flow or a
/// subscription that names principals other than the city's own people, applications and node.
fn check_actor(fact: &CityFact, city: CityCode) -> Result<(), Error> {
    let named: Vec<&Principal> = match fact {
        CityFact::Requested { actor, .. }
        | CityFact::Moved { actor, .. }
        | CityFact::Stop { actor, .. } => actor.principals().collect(),
        CityFact::Consent(fact) => fact.actor().principals().collect(),
        CityFact::Usage(fact) => fact.principals().collect(),
        CityFact::GrantRule(fact) => fact.actor().principals().collect(),
        CityFact::ReturnFlow(fact) => fact.actor.principals().collect(),
        CityFact::Matter(fact) => match fact.actor() {
            Some(actor) => actor.principals().collect(),
            None => return Ok(()),
        },
        CityFact::Delegation(DelegationFact::Begun(delegated)) => {
            vec![&delegated.from, &delegated.to]
        }
        CityFact::Notification(SubscriptionFact::Begun(subscribed)) => vec![&subscribed.owner],
        _ => return Ok(()),
    };
    let mut named = named.into_iter();
    let foreign = named.find(|principal| principal.city() != Some(city));
    foreign.map_or(Ok(()), |foreign| {
        let who = foreign;
        Err(invalid("actor", msg::WireActorForeign { city, who }))
    })
}

/// Returns the city whose authority certifies this principal: that of a person or an application.
fn person_or_app_of(principal: &Principal) -> Option<CityCode> {
    match principal {
        Principal::Person { city, .. } | Principal::App { city, .. } => Some(*city),
        Principal::Node(_)
        | Principal::Coordinator
        | Principal::Operator(_)
        | Principal::Auditor(_)
        | Principal::Newcomer => None,
    }
}

fn seal<F>(
    entry: &LogEntry<F>,
    audience: Audience,
    counts: Option<Counted>,
    fact: Wire,
    salt: [u8; SALT],
) -> Entry {
    let envelope = Envelope {
        log: entry.log,
        epoch: entry.epoch,
        seq: entry.seq,
        at: entry.at,
        audience,
        counts,
    };
    let envelope = envelope_to(&envelope, min_reader(&fact));
    let body = Body {
        principal: entry.principal.to_string(),
        fact: Some(fact),
    };
    Entry::seal(envelope, &body, salt)
}

/// Parses the body of an entry with this envelope.
fn parse<F>(
    envelope: &Envelope,
    entry: &Entry,
    fact: impl FnOnce(Wire) -> Result<F, Error>,
) -> Result<LogEntry<F>, Error> {
    let body = entry
        .decoded_body()
        .map_err(|e| invalid("body", Value::text(e)))?;
    let wire = body.fact.ok_or_else(|| {
        let message = msg::WireFactNewer { seq: envelope.seq };
        Error::new(ErrorCode::UpgradeNeeded, message)
    })?;
    Ok(LogEntry {
        log: envelope.log,
        epoch: envelope.epoch,
        seq: envelope.seq,
        at: envelope.at,
        principal: body.principal.parse()?,
        fact: fact(wire)?,
    })
}

#[cfg(test)]
#[path = "log_request_tests.rs"]
mod request_tests;
#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
