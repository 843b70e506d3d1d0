//! The expected principal of a server, which a client checks before it sends anything.

use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_messages::{Value, msg};

/// The expected principal of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The node of this city.
    Node(CityCode),
    /// The node of any city.
    AnyNode,
    /// The coordinator.
    Coordinator,
    /// Any node, or the coordinator: every server of this cluster. People never serve.
    Any,
}

impl Expect {
    pub(crate) fn check(self, principal: &Principal) -> Result<()> {
        let met = match (self, principal) {
            (Self::Node(expected), Principal::Node(city)) => expected == *city,
            (Self::AnyNode | Self::Any, Principal::Node(_))
            | (Self::Coordinator | Self::Any, Principal::Coordinator) => true,
            _ => false,
        };
        if met {
            return Ok(());
        }
        let message = msg::ServerOfAnotherPrincipal {
            expected: self,
            found: principal,
        };
        Err(Error::new(ErrorCode::Unauthenticated, message))
    }
}

impl From<Expect> for Value {
    fn from(expect: Expect) -> Self {
        match expect {
            Expect::Node(city) => Principal::Node(city).into(),
            Expect::AnyNode => msg::ServerAnyNode.into(),
            Expect::Coordinator => msg::CallerCoordinator.into(),
            Expect::Any => msg::ServerAny.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_is_met_by_servers_of_that_kind_alone() {
        let city: CityCode = "430100".parse().unwrap();
        let cases = [
            (Expect::Node(city), ["city/430100/node"].as_slice()),
            (Expect::AnyNode, &["city/430100/node", "city/430200/node"]),
            (Expect::Coordinator, &["coordinator"]),
            (
                Expect::Any,
                &["city/430100/node", "city/430200/node", "coordinator"],
            ),
        ];
        for (expect, met) in cases {
            for text in [
                "city/430100/node",
                "city/430200/node",
                "city/430100/person/officer",
                "coordinator",
                "operator/duty",
                "auditor/office",
            ] {
                let principal = text.parse().unwrap();
                assert_eq!(
                    expect.check(&principal).is_ok(),
                    met.contains(&text),
                    "{expect:?} {text}"
                );
            }
        }
    }
}
