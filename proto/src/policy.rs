//! The callers permitted for each rpc, read from the contract's options and, for the rpcs of other
//! protocols, from one table.

mod foreign;

use std::collections::HashMap;
use std::sync::Arc;

use chengji_domain::access::{Rights, Role};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Quoted};
use chengji_messages::{Message as Text, Value, msg};
use jiff::Timestamp;
use prost::Message;
use prost_reflect::MethodDescriptor;

use crate::convert::role_from;
use crate::v1::{Caller, Policy, ReadClass};
use crate::{contract, subject};

/// The rules of rpcs, by path (`/chengji.v1.LogService/Follow`). Calls to any other path are denied.
#[derive(Clone, Debug)]
pub struct PolicyTable(HashMap<String, Arc<Rule>>);

/// The rule of one rpc.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The kinds of principal that may call it.
    pub callers: Vec<Caller>,
    /// Roles of which a city's person or application also needs one.
    pub roles: Vec<Role>,
    /// True if a call changes something.
    pub changes: bool,
    /// The field of the (first) message that names the subject of the call.
    pub subject: Option<subject::Path>,
    /// True if either side sends more than one message.
    pub streaming: bool,
    /// The read class of a call.
    pub reads: ReadClass,
}

impl PolicyTable {
    /// Loads the table of everything that a program serves: the rpcs of the contract, and those of other
    /// protocols that pass the same gate.
    pub fn load() -> Result<Self, Error> {
        let Self(mut table) = Self::of_contract()?;
        table.extend(foreign::rules());
        Ok(Self(table))
    }

    /// Reads the table of the compiled contract. Methods without the option are left out, and so are denied.
    pub fn of_contract() -> Result<Self, Error> {
        let pool = contract::pool()?;
        let option = pool
            .get_extension_by_name("chengji.v1.policy")
            .ok_or_else(|| broken("it lacks the policy option"))?;
        let mut table = HashMap::new();
        for service in pool.services().filter(|s| s.package_name() == "chengji.v1") {
            for method in service.methods() {
                let options = method.options();
                if !options.has_extension(&option) {
                    continue;
                }
                let value = options.get_extension(&option);
                let policy = value
                    .as_message()
                    .map(prost_reflect::DynamicMessage::encode_to_vec);
                let policy =
                    Policy::decode(policy.unwrap_or_default().as_slice()).map_err(broken)?;
                table.insert(path(&method), Arc::new(Rule::of(&method, &policy)?));
            }
        }
        Ok(Self(table))
    }

    /// Returns the rule of `path`; `None` if its calls are denied.
    pub fn rule(&self, path: &str) -> Option<&Arc<Rule>> {
        self.0.get(path)
    }

    /// Returns all rules with their paths.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.0.iter().map(|(path, rule)| (path.as_str(), &**rule))
    }

    /// Checks that `principal`, with these rights as of now, may call `path` on the program of `home`; a denial names
    /// the permitted kinds or roles.
    pub fn decide(
        &self,
        path: &str,
        principal: &Principal,
        rights: &Rights,
        home: Home,
    ) -> Result<(), Error> {
        let rule = self.rule(path).map(Arc::as_ref);
        decide(rule, path, principal, rights, home)
    }
}

/// The same as [`PolicyTable::decide`], by the rule of the path where it has one.
pub fn decide(
    rule: Option<&Rule>,
    path: &str,
    principal: &Principal,
    rights: &Rights,
    home: Home,
) -> Result<(), Error> {
    let Some(rule) = rule else {
        let message = msg::CallUnknown {
            call: named(path),
            who: principal,
        };
        return Err(Error::new(refusal(principal), message));
    };
    let kind = rule
        .callers
        .iter()
        .find(|caller| home.matches(**caller, principal));
    match kind {
        None => Err(rule.wrong_kind(path, principal)),
        Some(Caller::OwnPerson | Caller::OwnApp)
            if !rule.roles.iter().any(|r| rights.roles().contains(r)) =>
        {
            Err(rule.wrong_role(path, principal, rights))
        }
        Some(_) => Ok(()),
    }
}

impl Rule {
    fn of(method: &MethodDescriptor, policy: &Policy) -> Result<Self, Error> {
        let roles = policy.roles().map(role_from).collect::<Result<_, _>>();
        let subject = match policy.subject.as_str() {
            "" => None,
            path => Some(subject::Path::of(&method.input(), path)?),
        };
        Ok(Self {
            callers: policy.callers().collect(),
            roles: roles.map_err(|e| broken(format!("{}: {e}", method.full_name())))?,
            changes: policy.changes,
            subject,
            streaming: method.is_client_streaming() || method.is_server_streaming(),
            reads: match policy.reads() {
                ReadClass::Unspecified => {
                    let message = format!("{} declares no read class", method.full_name());
                    return Err(broken(message));
                }
                class => class,
            },
        })
    }

    fn wrong_kind(&self, path: &str, principal: &Principal) -> Error {
        let callers: Value = self.callers.iter().map(|caller| label(*caller)).collect();
        let message = msg::CallNotOpenTo {
            call: named(path),
            callers,
            who: principal,
        };
        Error::new(refusal(principal), message)
    }

    fn wrong_role(&self, path: &str, principal: &Principal, rights: &Rights) -> Error {
        let roles: Value = self.roles.iter().map(|role| role.label()).collect();
        let (call, who) = (named(path), principal);
        let ended = rights.ended_stand_in(&self.roles, Timestamp::MAX);
        let message: Text = match (ended, rights.roles().is_empty()) {
            (Some(ended), _) => msg::StandInEnded {
                of: &ended.from,
                until: ended.until,
                who,
            }
            .into(),
            (None, true) => msg::CallNeedsARole { call, roles, who }.into(),
            (None, false) => msg::CallNeedsRole {
                call,
                rights,
                roles,
                who,
            }
            .into(),
        };
        Error::new(ErrorCode::Denied, message)
    }
}

/// The owner of the program that serves the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The node of this city.
    City(CityCode),
    /// The coordinator.
    Coordinator,
}

impl Home {
    /// Returns true if `principal` is of this kind, seen from this program.
    pub fn matches(self, caller: Caller, principal: &Principal) -> bool {
        match (caller, principal) {
            (Caller::OwnPerson, Principal::Person { city, .. })
            | (Caller::OwnApp, Principal::App { city, .. }) => self == Self::City(*city),
            // Neither the coordinator nor its operators may act inside a city.
            (Caller::Operator, Principal::Operator(_)) => self == Self::Coordinator,
            (Caller::MemberNode, Principal::Node(_))
            | (Caller::Coordinator, Principal::Coordinator)
            | (Caller::Auditor, Principal::Auditor(_))
            | (Caller::Anybody, _) => true,
            (Caller::Certified, principal) => *principal != Principal::Newcomer,
            (
                Caller::Unspecified
                | Caller::OwnPerson
                | Caller::OwnApp
                | Caller::MemberNode
                | Caller::Coordinator
                | Caller::Operator
                | Caller::Auditor,
                _,
            ) => false,
        }
    }
}

/// Returns the error code of a denial: a caller without a certificate may come back with one.
fn refusal(principal: &Principal) -> ErrorCode {
    match principal {
        Principal::Newcomer => ErrorCode::Unauthenticated,
        _ => ErrorCode::Denied,
    }
}

fn label(caller: Caller) -> Text {
    match caller {
        Caller::Unspecified => msg::CallerNobody.into(),
        Caller::OwnPerson => msg::CallerOwnPerson.into(),
        Caller::OwnApp => msg::CallerOwnApp.into(),
        Caller::MemberNode => msg::CallerMemberNode.into(),
        Caller::Coordinator => msg::CallerCoordinator.into(),
        Caller::Operator => msg::CallerOperator.into(),
        Caller::Auditor => msg::CallerAuditor.into(),
        Caller::Anybody => msg::CallerAnybody.into(),
        Caller::Certified => msg::CallerCertified.into(),
    }
}

/// Returns the command or phrase by which people know an rpc: `'request grant' (requests)`.
fn named(path: &str) -> Text {
    if let Some(method) = path.strip_prefix(foreign::FLIGHT) {
        let command = format!("Flight {}", Quoted(method));
        let area = msg::AreaFlight;
        return msg::CallNamed { area, command }.into();
    }
    let known = path
        .strip_prefix("/chengji.v1.")
        .and_then(|path| path.split_once("Service/"))
        .and_then(|(service, method)| Some((service, method, area(service)?)));
    let Some((service, method, area)) = known else {
        return msg::CallPath { path: Quoted(path) }.into();
    };
    let method = Quoted(method).to_string().to_lowercase();
    let command = format!("{} {method}", service.to_lowercase());
    msg::CallNamed { area, command }.into()
}

fn area(service: &str) -> Option<Text> {
    Some(match service {
        "Enrolment" => msg::AreaEnrolment.into(),
        "Person" => msg::AreaPerson.into(),
        "Member" => msg::AreaMember.into(),
        "Approval" => msg::AreaApproval.into(),
        "Audit" => msg::AreaAudit.into(),
        "Certificate" => msg::AreaCertificate.into(),
        "Correction" => msg::AreaCorrection.into(),
        "Demand" => msg::AreaDemand.into(),
        "MatterBroker" => msg::AreaMatterBroker.into(),
        "Catalogue" => msg::AreaCatalogue.into(),
        "Delegation" => msg::AreaDelegation.into(),
        "Delivery" => msg::AreaDelivery.into(),
        "Department" => msg::AreaDepartment.into(),
        "Directory" => msg::AreaDirectory.into(),
        "GrantRule" => msg::AreaGrantRule.into(),
        "Log" => msg::AreaLog.into(),
        "Notification" => msg::AreaNotification.into(),
        "Proposal" => msg::AreaProposal.into(),
        "Rate" => msg::AreaRate.into(),
        "Report" => msg::AreaReport.into(),
        "Request" => msg::AreaRequest.into(),
        "Probe" => msg::AreaProbe.into(),
        "ReturnFlow" => msg::AreaReturnFlow.into(),
        "Rules" | "RuleSetting" => msg::AreaRules.into(),
        "Broker" => msg::AreaBroker.into(),
        "Source" => msg::AreaSource.into(),
        "Status" => msg::AreaStatus.into(),
        "Usage" => msg::AreaUsage.into(),
        "Todo" => msg::AreaTodo.into(),
        _ => return None,
    })
}

fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn broken(cause: impl std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::ContractBroken { cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rpc_of_the_contract_states_its_rule() {
        let table = PolicyTable::of_contract().unwrap();
        let pool = contract::pool().unwrap();
        let mut seen = 0;
        for service in pool.services().filter(|s| s.package_name() == "chengji.v1") {
            for method in service.methods() {
                let name = method.full_name();
                let path = path(&method);
                let rule = table.rule(&path);
                let rule = rule.unwrap_or_else(|| panic!("{name} has no policy"));
                assert!(!rule.callers.is_empty(), "{name} names no callers");
                assert!(!rule.callers.contains(&Caller::Unspecified), "{name}");
                let with_roles = [Caller::OwnPerson, Caller::OwnApp];
                let people = with_roles
                    .iter()
                    .any(|caller| rule.callers.contains(caller));
                assert_eq!(
                    people,
                    !rule.roles.is_empty(),
                    "{name}: roles go with people"
                );
                assert!(
                    !rule.roles.contains(&Role::Operator),
                    "{name}: no role of a city"
                );
                seen += 1;
            }
        }
        assert!(seen > 40, "only {seen} rpcs were found");
    }

    #[test]
    fn a_denial_names_no_path() {
        let table = PolicyTable::of_contract().unwrap();
        let stranger: Principal = "city/430200/person/a".parse().unwrap();
        for (path, _) in table
            .rules()
            .filter(|(path, _)| !path.contains("Enrolment"))
        {
            let error = table
                .decide(path, &stranger, &Rights::NONE, Home::Coordinator)
                .unwrap_err();
            assert!(!error.to_string().contains("chengji"), "{error}");
        }
        let import = msg::CallNamed {
            area: msg::AreaCatalogue,
            command: "catalogue import",
        };
        assert_eq!(
            named("/chengji.v1.CatalogueService/Import"),
            Text::from(import)
        );
    }

    #[test]
    fn administrators_see_no_data_and_auditors_change_nothing() {
        let table = PolicyTable::of_contract().unwrap();
        let to_manage = [
            "PersonService",
            "DelegationService",
            "DepartmentService",
            "StatusService",
            "CertificateService",
        ];
        for (path, rule) in table.rules() {
            if rule.roles.contains(&Role::Administrator) {
                assert!(
                    to_manage.iter().any(|service| path.contains(service)),
                    "{path}"
                );
            }
            let audits =
                rule.roles.contains(&Role::Auditor) || rule.callers.contains(&Caller::Auditor);
            assert!(!(audits && rule.changes), "{path}");
        }
    }

    #[test]
    fn a_person_calls_the_own_node_in_its_role_only() {
        let table = PolicyTable::of_contract().unwrap();
        let officer: Principal = "city/430100/person/officer".parse().unwrap();
        let path = "/chengji.v1.RequestService/Grant";
        let own = Home::City("430100".parse().unwrap());
        let other = Home::City("430200".parse().unwrap());
        let approver = Rights::new([Role::Approver], None).unwrap();
        let consumer = Rights::new([Role::Consumer], None).unwrap();
        let decide = |rights, home| table.decide(path, &officer, rights, home);
        assert!(decide(&approver, own).is_ok());
        let error = decide(&consumer, own).unwrap_err();
        let needed = msg::CallNeedsRole {
            call: named(path),
            rights: &consumer,
            roles: [Role::Approver.label()].into_iter().collect::<Value>(),
            who: &officer,
        };
        assert_eq!(error, Error::new(ErrorCode::Denied, needed));
        let none = Rights::NONE;
        assert!(decide(&none, own).is_err());
        assert!(decide(&approver, other).is_err() && decide(&approver, Home::Coordinator).is_err());
        let unknown = "/chengji.v1.Nothing/Here";
        assert!(table.decide(unknown, &officer, &approver, own).is_err());
    }

    #[test]
    fn an_application_is_served_nothing_that_does_not_name_its_kind() {
        let table = PolicyTable::of_contract().unwrap();
        let app: Principal = "city/430100/app/registry".parse().unwrap();
        let (own, other) = ("430100".parse().unwrap(), "430200".parse().unwrap());
        assert!(Home::City(own).matches(Caller::OwnApp, &app));
        assert!(!Home::City(other).matches(Caller::OwnApp, &app));
        assert!(!Home::Coordinator.matches(Caller::OwnApp, &app));
        assert!(!Home::City(own).matches(Caller::OwnPerson, &app));
        let officer: Principal = "city/430100/person/officer".parse().unwrap();
        assert!(!Home::City(own).matches(Caller::OwnApp, &officer));
        for (path, rule) in table.rules() {
            for role in Role::ALL {
                let rights = Rights::new([*role], None).unwrap();
                let decided = table.decide(path, &app, &rights, Home::City(own));
                let anybody = rule.callers.contains(&Caller::Anybody);
                assert_eq!(decided.is_ok(), anybody, "{path} as {role}");
            }
        }
    }

    #[test]
    fn an_operator_has_no_business_in_a_city() {
        let table = PolicyTable::of_contract().unwrap();
        let operator: Principal = "operator/duty".parse().unwrap();
        let city = Home::City("430100".parse().unwrap());
        for (path, _) in table
            .rules()
            .filter(|(path, _)| !path.contains("EnrolmentService"))
        {
            let decided = table.decide(path, &operator, &Rights::NONE, city);
            assert!(decided.is_err(), "{path}");
        }
        let invite = "/chengji.v1.PersonService/Invite";
        let at_home = table.decide(invite, &operator, &Rights::NONE, Home::Coordinator);
        assert!(at_home.is_ok());
    }

    #[test]
    fn who_has_no_certificate_can_ask_for_one_and_nothing_else() {
        let table = PolicyTable::of_contract().unwrap();
        for (path, _) in table.rules() {
            let decided =
                table.decide(path, &Principal::Newcomer, &Rights::NONE, Home::Coordinator);
            match decided {
                Ok(()) => assert!(path.contains("EnrolmentService"), "{path}"),
                Err(error) => assert_eq!(error.code(), ErrorCode::Unauthenticated),
            }
        }
    }
}
