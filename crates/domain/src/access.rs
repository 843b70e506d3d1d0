//! Access: the roles of people, their permitted combinations, and certificates. The roles required
//! for a call are declared in the contract, not here.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chengji_messages::{Language, Message, Value, msg};
use jiff::Timestamp;

use crate::error::{Error, ErrorCode, Result};
use crate::quoted::Quoted;
use crate::uscc::Uscc;

macro_rules! roles {
    ($( $(#[doc = $doc:literal])* $name:ident = $text:literal, $label:ident; )*) => {
        /// The role of a person. The text form is pinned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $( $(#[doc = $doc])* $name, )* }

        impl Role {
            /// All roles.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// Returns the pinned name.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// Returns the role's name for people.
            pub fn label(self) -> Message {
                match self { $( Self::$name => msg::$label.into(), )* }
            }

            /// Returns the role's name in Chinese.
            pub fn zh(self) -> String {
                self.label().render(Language::Chinese)
            }
        }
    };
}

roles! {
    /// Of a city: manages its people, without access to data.
    Administrator = "administrator", RoleAdministrator;
    /// Of a city, usually of one department: submits entries, mounts sources.
    Publisher = "publisher", RolePublisher;
    /// Of a city's data bureau: reviews the departments' submissions.
    Reviewer = "reviewer", RoleReviewer;
    /// Of a city, usually of one department: requests other cities' resources and fetches them.
    Consumer = "consumer", RoleConsumer;
    /// Of a city's data bureau: answers other cities' requests.
    Approver = "approver", RoleApprover;
    /// Of a city or of the cluster: reads all evidence, without changing anything.
    Auditor = "auditor", RoleAuditor;
    /// Of the cluster: runs the coordinator, manages members and the cluster's people.
    Operator = "operator", RoleOperator;
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|role| role.as_str() == text);
        known.copied().ok_or_else(|| {
            let known: Value = Self::ALL.iter().map(|role| role.as_str()).collect();
            let text = Quoted(text);
            let message = msg::RoleUnknown { known, text };
            Error::new(ErrorCode::InvalidArgument, message)
        })
    }
}

/// The rights of a person: roles, and the department that they are limited to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    roles: BTreeSet<Role>,
    department: Option<Uscc>,
}

impl Rights {
    /// No roles: the rights of nodes, the coordinator and callers without a certificate.
    pub const NONE: Self = Self {
        roles: BTreeSet::new(),
        department: None,
    };

    /// Combines these roles. Administrator, auditor and operator exclude all other roles, so that
    /// managing rights and auditing are separate from handling data. A department is allowed with
    /// publisher and consumer only; the other roles belong to the city's data bureau. Errors:
    /// `INVALID_ARGUMENT`.
    pub fn new(roles: impl IntoIterator<Item = Role>, department: Option<Uscc>) -> Result<Self> {
        let roles: BTreeSet<Role> = roles.into_iter().collect();
        let invalid = |message: Message| Err(Error::new(ErrorCode::InvalidArgument, message));
        if roles.is_empty() {
            return invalid(msg::RoleMissing.into());
        }
        let alone = [Role::Administrator, Role::Auditor, Role::Operator];
        if let Some(role) = alone.iter().find(|role| roles.contains(role))
            && roles.len() > 1
        {
            let role = role.label();
            return invalid(msg::RoleAlone { role }.into());
        }
        let of_department = [Role::Publisher, Role::Consumer];
        if let (Some(department), Some(role)) = (
            department,
            roles.iter().find(|role| !of_department.contains(role)),
        ) {
            return invalid(
                msg::RoleWithoutDepartment {
                    department,
                    role: role.label(),
                }
                .into(),
            );
        }
        Ok(Self { roles, department })
    }

    /// Makes rights as they were recorded; their combination was checked when they were granted.
    pub fn recorded(roles: impl IntoIterator<Item = Role>, department: Option<Uscc>) -> Self {
        let roles = roles.into_iter().collect();
        Self { roles, department }
    }

    /// Returns the roles.
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// Returns the department that the roles are limited to; `None` for the whole city.
    pub fn department(&self) -> Option<Uscc> {
        self.department
    }

    /// Returns true if the person may act for this department.
    pub fn cover(&self, department: Uscc) -> bool {
        self.department.is_none_or(|own| own == department)
    }
}

impl From<&Rights> for Value {
    fn from(rights: &Rights) -> Self {
        let roles: Self = rights.roles.iter().map(|role| role.label()).collect();
        match rights.department {
            None => roles,
            Some(department) => msg::RightsOfDepartment { department, roles }.into(),
        }
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        f.write_str(&names.join(", "))?;
        match self.department {
            Some(department) => write!(f, " of {department}"),
            None => Ok(()),
        }
    }
}

/// The serial number of a certificate, 16 random bytes, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub [u8; 16]);

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Serial {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes());
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| {
            let text = Quoted(text);
            let message = msg::CertificateSerialMalformed { text };
            Error::new(ErrorCode::InvalidArgument, message)
        })
    }
}

/// A certificate, as recorded by its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its serial number.
    pub serial: Serial,
    /// End of its validity.
    pub not_after: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_parses_what_it_prints() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(*role));
        }
        assert!("boss".parse::<Role>().is_err());
    }

    #[test]
    fn who_hands_out_rights_or_checks_others_has_no_hand_in_the_data() {
        for alone in [Role::Administrator, Role::Auditor, Role::Operator] {
            assert!(Rights::new([alone], None).is_ok());
            for other in Role::ALL.iter().filter(|role| **role != alone) {
                assert!(
                    Rights::new([alone, *other], None).is_err(),
                    "{alone} {other}"
                );
            }
        }
        assert!(Rights::new([], None).is_err());
        assert!(Rights::new([Role::Publisher, Role::Reviewer, Role::Approver], None).is_ok());
    }

    #[test]
    fn a_department_goes_with_publishing_and_asking_only() {
        let department: Uscc = "91350100M000100Y43".parse().unwrap();
        let other: Uscc = "114302000069920125".parse().unwrap();
        let of = |roles: &[Role]| Rights::new(roles.iter().copied(), Some(department));
        let rights = of(&[Role::Publisher, Role::Consumer]).unwrap();
        assert!(rights.cover(department) && !rights.cover(other));
        assert!(Rights::NONE.cover(other));
        for role in [Role::Reviewer, Role::Approver, Role::Auditor] {
            assert!(of(&[Role::Publisher, role]).is_err() && of(&[role]).is_err());
        }
    }

    #[test]
    fn a_serial_parses_what_it_prints() {
        let serial = Serial([0xa7; 16]);
        assert_eq!(serial.to_string().parse(), Ok(serial));
        for wrong in ["", "a7", &"g".repeat(32), &"a".repeat(33)] {
            assert!(wrong.parse::<Serial>().is_err(), "{wrong}");
        }
    }
}
