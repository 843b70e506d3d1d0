//! Who may call which rpc, read from the contract's own options.

use std::collections::HashMap;

use chengji_domain::{CityCode, Error, ErrorCode, Principal};
use prost_reflect::{DescriptorPool, MethodDescriptor, Value};

use crate::FILE_DESCRIPTOR_SET;
use crate::v1::Caller;

/// The callers of every rpc of the contract, by path (`/chengji.v1.LogService/Follow`). What is
/// not in it can be called by nobody.
#[derive(Clone, Debug)]
pub struct PolicyTable(HashMap<String, Vec<Caller>>);

impl PolicyTable {
    /// The table of the compiled contract. Methods without the option are left out, and so are
    /// denied.
    pub fn of_contract() -> Result<Self, Error> {
        let broken =
            |why: String| Error::new(ErrorCode::Internal, format!("the compiled contract: {why}"));
        let pool =
            DescriptorPool::decode(FILE_DESCRIPTOR_SET).map_err(|e| broken(e.to_string()))?;
        let option = pool
            .get_extension_by_name("chengji.v1.policy")
            .ok_or_else(|| broken("it lacks the policy option".to_owned()))?;
        let mut table = HashMap::new();
        for service in pool.services().filter(|s| s.package_name() == "chengji.v1") {
            for method in service.methods() {
                let options = method.options();
                if options.has_extension(&option) {
                    let callers = callers(&options.get_extension(&option));
                    table.insert(path(&method), callers);
                }
            }
        }
        Ok(Self(table))
    }

    /// The kinds of caller that `path` allows; `None` where it names nobody.
    pub fn callers(&self, path: &str) -> Option<&[Caller]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// Whether `principal` may call `path` on the program of `home`; a denial names the kinds that
    /// may.
    pub fn decide(&self, path: &str, principal: &Principal, home: Home) -> Result<(), Error> {
        let callers = self.callers(path).unwrap_or_default();
        if callers
            .iter()
            .any(|caller| home.matches(*caller, principal))
        {
            return Ok(());
        }
        let allowed: Vec<&str> = callers.iter().map(|caller| words(*caller)).collect();
        let message = format!("{principal} may not call {path}");
        Err(
            Error::new(ErrorCode::Denied, message).with_remedy(if allowed.is_empty() {
                "nobody may call it".to_owned()
            } else {
                format!("it can be called by {}", allowed.join(", "))
            }),
        )
    }
}

/// Whose program serves the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The node of this city.
    City(CityCode),
    /// The coordinator.
    Coordinator,
}

impl Home {
    fn matches(self, caller: Caller, principal: &Principal) -> bool {
        match (caller, principal) {
            (Caller::OwnPerson, Principal::Person { city, .. }) => self == Self::City(*city),
            (Caller::MemberNode, Principal::Node(_))
            | (Caller::Coordinator, Principal::Coordinator)
            | (Caller::Operator, Principal::Operator(_))
            | (Caller::Auditor, Principal::Auditor(_)) => true,
            (
                Caller::Unspecified
                | Caller::OwnPerson
                | Caller::MemberNode
                | Caller::Coordinator
                | Caller::Operator
                | Caller::Auditor,
                _,
            ) => false,
        }
    }
}

fn words(caller: Caller) -> &'static str {
    match caller {
        Caller::Unspecified => "nobody",
        Caller::OwnPerson => "a person of the node's own city",
        Caller::MemberNode => "the node of a member city",
        Caller::Coordinator => "the coordinator",
        Caller::Operator => "an operator of the coordinator",
        Caller::Auditor => "an auditor",
    }
}

fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn callers(policy: &Value) -> Vec<Caller> {
    let Some(list) = policy.as_message().and_then(|m| {
        m.get_field_by_name("callers")
            .and_then(|v| v.as_list().map(<[_]>::to_vec))
    }) else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|value| value.as_enum_number())
        .filter_map(|number| Caller::try_from(number).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rpc_of_the_contract_names_its_callers() {
        let table = PolicyTable::of_contract().unwrap();
        let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
        let mut seen = 0;
        for service in pool.services().filter(|s| s.package_name() == "chengji.v1") {
            for method in service.methods() {
                let callers = table.callers(&path(&method)).unwrap_or_default();
                assert!(
                    !callers.is_empty() && !callers.contains(&Caller::Unspecified),
                    "{} names no callers",
                    method.full_name()
                );
                seen += 1;
            }
        }
        assert!(seen > 30, "only {seen} rpcs were found");
    }

    #[test]
    fn a_person_calls_the_own_node_only() {
        let table = PolicyTable::of_contract().unwrap();
        let officer: Principal = "city/430100/person/officer".parse().unwrap();
        let path = "/chengji.v1.RequestService/Grant";
        let own = Home::City("430100".parse().unwrap());
        let other = Home::City("430200".parse().unwrap());
        assert!(table.decide(path, &officer, own).is_ok());
        assert_eq!(
            table.decide(path, &officer, other).unwrap_err().code(),
            ErrorCode::Denied
        );
        assert!(table.decide(path, &officer, Home::Coordinator).is_err());
        assert!(
            table
                .decide("/chengji.v1.Nothing/Here", &officer, own)
                .is_err()
        );
    }
}
