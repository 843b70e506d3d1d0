//! Rpcs of other protocols that pass the same gate as those of the contract. Their descriptors have no
//! policy option, so their rules are stated here.

use std::sync::Arc;

use super::Rule;
use crate::v1::{Caller, ReadClass};

/// An rpc of another protocol.
struct Foreign {
    path: &'static str,
    callers: &'static [Caller],
    streaming: bool,
    reads: ReadClass,
}

/// All of them. Health and reflection show nothing of anybody's data.
const FOREIGN: [Foreign; 5] = [
    Foreign {
        path: "/grpc.health.v1.Health/Check",
        callers: &[Caller::Certified],
        streaming: false,
        reads: ReadClass::Point,
    },
    Foreign {
        path: "/grpc.health.v1.Health/List",
        callers: &[Caller::Certified],
        streaming: false,
        reads: ReadClass::Point,
    },
    Foreign {
        path: "/grpc.health.v1.Health/Watch",
        callers: &[Caller::Certified],
        streaming: true,
        reads: ReadClass::Stream,
    },
    Foreign {
        path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        callers: &[Caller::Certified],
        streaming: true,
        reads: ReadClass::Stream,
    },
    Foreign {
        path: "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        callers: &[Caller::Certified],
        streaming: true,
        reads: ReadClass::Stream,
    },
];

/// Their rules, by path.
pub(super) fn rules() -> impl Iterator<Item = (String, Arc<Rule>)> {
    FOREIGN.iter().map(|foreign| {
        let rule = Rule {
            callers: foreign.callers.to_vec(),
            roles: Vec::new(),
            changes: false,
            subject: None,
            streaming: foreign.streaming,
            reads: foreign.reads,
        };
        (foreign.path.to_owned(), Arc::new(rule))
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::access::Rights;
    use chengji_domain::{ErrorCode, Principal};

    use super::super::{Home, PolicyTable};
    use super::*;

    #[test]
    fn health_and_reflection_are_for_everybody_of_the_cluster_and_no_other() {
        let table = PolicyTable::load().unwrap();
        let homes = [Home::City("430100".parse().unwrap()), Home::Coordinator];
        for (foreign, home) in FOREIGN.iter().zip(homes.iter().cycle()) {
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
}
