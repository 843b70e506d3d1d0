//! Rpcs of other protocols that pass the same gate as those of the contract. Their descriptors have no
//! policy option, so their rules are stated here.

use std::sync::Arc;

use chengji_domain::access::Role;

use super::Rule;
use crate::subject;
use crate::v1::{Caller, ReadClass};

/// The paths of Arrow Flight, without the method.
pub(super) const FLIGHT: &str = "/arrow.flight.protocol.FlightService/";

/// An rpc of another protocol.
struct Foreign {
    path: &'static str,
    callers: &'static [Caller],
    roles: &'static [Role],
    changes: bool,
    /// The numbers of the fields that lead to the subject of a call; empty for a call without one.
    subject: &'static [u32],
    streaming: bool,
    reads: ReadClass,
}

impl Foreign {
    /// A call that shows nothing of anybody's data.
    const fn harmless(path: &'static str) -> Self {
        Self {
            path,
            callers: &[Caller::Certified],
            roles: &[],
            changes: false,
            subject: &[],
            streaming: false,
            reads: ReadClass::Point,
        }
    }

    /// A call of Arrow Flight SQL, by which the city's consumers read tables.
    const fn flight(path: &'static str) -> Self {
        Self {
            path,
            callers: &[Caller::OwnPerson, Caller::OwnApp],
            roles: &[Role::Consumer],
            changes: false,
            subject: &[],
            streaming: false,
            reads: ReadClass::Point,
        }
    }

    /// The same call with more than one message of either side.
    const fn streaming(mut self) -> Self {
        self.streaming = true;
        self.reads = ReadClass::Stream;
        self
    }

    /// The same call with an audit entry that names this subject.
    const fn audited(mut self, subject: &'static [u32]) -> Self {
        self.changes = true;
        self.subject = subject;
        self
    }

    fn rule(&self) -> Rule {
        Rule {
            callers: self.callers.to_vec(),
            roles: self.roles.to_vec(),
            changes: self.changes,
            subject: (!self.subject.is_empty()).then(|| subject::Path::of_numbers(self.subject)),
            streaming: self.streaming,
            reads: self.reads,
        }
    }
}

/// All of them. Health and reflection show nothing of anybody's data. Rows leave by `DoGet` alone, so it leaves an audit
/// entry as a download does, and so do the calls by which something is kept for the caller.
const FOREIGN: [Foreign; 15] = [
    Foreign::harmless("/grpc.health.v1.Health/Check"),
    Foreign::harmless("/grpc.health.v1.Health/List"),
    Foreign::harmless("/grpc.health.v1.Health/Watch").streaming(),
    Foreign::harmless("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo").streaming(),
    Foreign::harmless("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").streaming(),
    Foreign::flight("/arrow.flight.protocol.FlightService/Handshake").streaming(),
    Foreign::flight("/arrow.flight.protocol.FlightService/ListFlights").streaming(),
    Foreign::flight("/arrow.flight.protocol.FlightService/GetFlightInfo"),
    Foreign::flight("/arrow.flight.protocol.FlightService/PollFlightInfo"),
    Foreign::flight("/arrow.flight.protocol.FlightService/GetSchema"),
    // The statement: `Ticket.ticket`, which holds an `Any` with a `TicketStatementQuery`, whose handle is made by
    // `chengji-flight` with the statement in its field 2.
    Foreign::flight("/arrow.flight.protocol.FlightService/DoGet")
        .streaming()
        .audited(&[1, 2, 1, 2]),
    // The type of the command: `FlightData.flight_descriptor.cmd`, which holds an `Any`.
    Foreign::flight("/arrow.flight.protocol.FlightService/DoPut")
        .streaming()
        .audited(&[1, 2, 1]),
    Foreign::flight("/arrow.flight.protocol.FlightService/DoExchange").streaming(),
    // The type of the action.
    Foreign::flight("/arrow.flight.protocol.FlightService/DoAction")
        .streaming()
        .audited(&[1]),
    Foreign::flight("/arrow.flight.protocol.FlightService/ListActions").streaming(),
];

/// Their rules, by path.
pub(super) fn rules() -> impl Iterator<Item = (String, Arc<Rule>)> {
    FOREIGN
        .iter()
        .map(|foreign| (foreign.path.to_owned(), Arc::new(foreign.rule())))
}

#[cfg(test)]
mod tests {
    use chengji_domain::access::Rights;
    use chengji_domain::{ErrorCode, Principal};

    use super::super::{Home, PolicyTable};
    use super::*;

    fn is_flight(foreign: &&Foreign) -> bool {
        foreign.path.starts_with(FLIGHT)
    }

    #[test]
    fn health_and_reflection_are_for_everybody_of_the_cluster_and_no_other() {
        let table = PolicyTable::load().unwrap();
        let homes = [Home::City("430100".parse().unwrap()), Home::Coordinator];
        let harmless = FOREIGN.iter().filter(|foreign| !is_flight(foreign));
        for (foreign, home) in harmless.zip(homes.iter().cycle()) {
            let decide = |who: Principal| table.decide(foreign.path, &who, &Rights::NONE, *home);
            for who in ["city/430200/person/a", "city/430300/node", "auditor/office"] {
                decide(who.parse().unwrap()).unwrap();
            }
            let error = decide(Principal::Newcomer).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Unauthenticated);
        }
        let made_up = "/grpc.health.v1.Health/Made-up";
        assert!(table.rule(made_up).is_none());
    }

    #[test]
    fn tables_are_read_by_consumers_of_the_own_city_at_its_node() {
        let table = PolicyTable::load().unwrap();
        let own = Home::City("430100".parse().unwrap());
        let other = Home::City("430200".parse().unwrap());
        let consumer = Rights::new([Role::Consumer], None).unwrap();
        let auditor = Rights::new([Role::Auditor], None).unwrap();
        for foreign in FOREIGN.iter().filter(is_flight) {
            let decide = |who: &str, rights: &Rights, home: Home| {
                table.decide(foreign.path, &who.parse().unwrap(), rights, home)
            };
            for who in ["city/430100/person/a", "city/430100/app/registry"] {
                decide(who, &consumer, own).unwrap();
                for (rights, home) in [
                    (&Rights::NONE, own),
                    (&auditor, own),
                    (&consumer, other),
                    (&consumer, Home::Coordinator),
                ] {
                    let error = decide(who, rights, home).unwrap_err();
                    assert_eq!(error.code(), ErrorCode::Denied, "{}", foreign.path);
                    assert!(!error.to_string().contains("arrow"), "{error}");
                }
            }
            for who in ["city/430200/node", "coordinator", "operator/duty"] {
                decide(who, &Rights::NONE, own).unwrap_err();
            }
        }
    }

    #[test]
    fn rows_are_not_handed_out_without_an_audit_entry() {
        let table = PolicyTable::load().unwrap();
        let audited = FOREIGN
            .iter()
            .filter(|foreign| table.rule(foreign.path).unwrap().changes)
            .filter_map(|foreign| foreign.path.strip_prefix(FLIGHT));
        let audited: Vec<&str> = audited.collect();
        assert_eq!(audited, ["DoGet", "DoPut", "DoAction"]);
    }
}
