//! Access: the roles of people, their permitted combinations, and certificates. The roles required
//! for a call are declared in the contract, not here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chengji_messages::{Language, Message, Value, msg};
use jiff::Timestamp;

use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;
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
    /// Of a city, of its data bureau or of one department: answers other cities' requests.
    Approver = "approver", RoleApprover;
    /// Of a city or of the cluster: reads all evidence, without changing anything.
    Auditor = "auditor", RoleAuditor;
    /// Of the cluster: runs the coordinator, manages members and the cluster's people.
    Operator = "operator", RoleOperator;
    /// Of a city, head of a sharing office (负责人): consents to requests and answers.
    Consenter = "consenter", RoleConsenter;
    /// Of a city's supervising department (主管部门): consents to extensions, takes filings.
    Authority = "authority", RoleAuthority;
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

impl Role {
    /// The roles that can be delegated. Acts of a stand-in name both the stand-in and the represented person.
    pub const DELEGABLE: [Self; 4] = [
        Self::Consumer,
        Self::Approver,
        Self::Consenter,
        Self::Authority,
    ];
}

/// The rights of a person: its roles, the department that they are limited to, and the delegations to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    roles: BTreeSet<Role>,
    department: Option<Uscc>,
    stand_ins: Vec<StandIn>,
    /// Departments that were merged into those that the rights are limited to, by the successor.
    merged: BTreeMap<Uscc, BTreeSet<Uscc>>,
}

/// The rights of another person in whose place a person acts for a time (代理).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// The represented person.
    pub from: Principal,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// The department that the represented person is limited to.
    pub department: Option<Uscc>,
    /// The end; it is known for a while afterwards, so that a refusal can name it.
    pub until: Timestamp,
}

impl StandIn {
    /// Returns true if the delegation is in force at this time.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        at < self.until
    }
}

/// The person in whose name somebody acts in a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsFor<'r> {
    /// Its own.
    Itself,
    /// The represented person.
    Another(&'r StandIn),
}

impl Rights {
    /// No roles: the rights of nodes, the coordinator and callers without a certificate.
    pub const NONE: Self = Self {
        roles: BTreeSet::new(),
        department: None,
        stand_ins: Vec::new(),
        merged: BTreeMap::new(),
    };

    /// Combines these roles. Administrator, auditor and operator exclude all other roles, so that
    /// managing rights and auditing are separate from handling data. A department is allowed with all
    /// others but reviewer, which belongs to the city's data bureau. Errors: `INVALID_ARGUMENT`.
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
        let of_department = [
            Role::Publisher,
            Role::Consumer,
            Role::Approver,
            Role::Consenter,
            Role::Authority,
        ];
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
        Ok(Self {
            roles,
            department,
            stand_ins: Vec::new(),
            merged: BTreeMap::new(),
        })
    }

    /// Makes rights as they were recorded; their combination was checked when they were granted.
    pub fn recorded(roles: impl IntoIterator<Item = Role>, department: Option<Uscc>) -> Self {
        Self {
            roles: roles.into_iter().collect(),
            department,
            stand_ins: Vec::new(),
            merged: BTreeMap::new(),
        }
    }

    /// Adds the people in whose place the person acts.
    #[must_use]
    pub fn standing_in(mut self, stand_ins: Vec<StandIn>) -> Self {
        self.stand_ins = stand_ins;
        self
    }

    /// Adds the departments that were merged into those that the rights are limited to: the rights cover them, too.
    #[must_use]
    pub fn with_merged(mut self, merged: impl IntoIterator<Item = (Uscc, BTreeSet<Uscc>)>) -> Self {
        self.merged = merged.into_iter().collect();
        self
    }

    /// Returns the departments that the person's own rights and those of represented people are limited to.
    pub fn limits(&self) -> BTreeSet<Uscc> {
        let of_stand_ins = self.stand_ins.iter().map(|one| one.department);
        let all = std::iter::once(self.department).chain(of_stand_ins);
        all.flatten().collect()
    }

    /// Returns the departments that were merged into the one that the person's own rights are limited to.
    pub fn merged(&self) -> BTreeSet<Uscc> {
        let merged = self.department.and_then(|own| self.merged.get(&own));
        merged.cloned().unwrap_or_default()
    }

    /// Returns true if rights that are limited to `own` cover acts for `department`. Acts of no department are those of
    /// the whole city.
    fn covers(&self, own: Option<Uscc>, department: Option<Uscc>) -> bool {
        let Some(own) = own else {
            return true;
        };
        let merged = |department: &Uscc| {
            let into_own = self.merged.get(&own);
            into_own.is_some_and(|merged| merged.contains(department))
        };
        department.is_some_and(|department| department == own || merged(&department))
    }

    /// Returns the person's own roles.
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// Returns the department that the roles are limited to; `None` for the whole city.
    pub fn department(&self) -> Option<Uscc> {
        self.department
    }

    /// Returns true if the person may act for this department by its own rights.
    pub fn cover(&self, department: Uscc) -> bool {
        self.covers(self.department, Some(department))
    }

    /// Returns the rights as of a time, in which delegated roles in force are roles of the person. Of the delegations,
    /// only those that have ended remain.
    pub fn as_of(&self, at: Timestamp) -> Cow<'_, Self> {
        if self.stand_ins.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut rights = self.clone();
        for one in self.stand_ins.iter().filter(|one| one.is_in_force(at)) {
            rights.roles.extend(&one.roles);
        }
        rights.stand_ins.retain(|one| !one.is_in_force(at));
        Cow::Owned(rights)
    }

    /// Returns true if the person has this role, by itself or by a delegation in force.
    pub fn may_act_as(&self, role: Role, at: Timestamp) -> bool {
        let stands_in =
            |stand_in: &StandIn| stand_in.is_in_force(at) && stand_in.roles.contains(&role);
        self.roles.contains(&role) || self.stand_ins.iter().any(stands_in)
    }

    /// Returns in whose name the person acts in this role for this department: its own if its rights cover the
    /// department, else that of a represented person. `None` if no rights cover it.
    pub fn acts_for(
        &self,
        role: Role,
        department: Option<Uscc>,
        at: Timestamp,
    ) -> Option<ActsFor<'_>> {
        if self.roles.contains(&role) && self.covers(self.department, department) {
            return Some(ActsFor::Itself);
        }
        let mut current = self.stand_ins.iter().filter(|one| one.is_in_force(at));
        let found = current
            .find(|one| one.roles.contains(&role) && self.covers(one.department, department));
        found.map(ActsFor::Another)
    }

    /// Returns the department for which the person acts in this role where it names none: its own, or that of the first
    /// represented person.
    pub fn usual_department(&self, role: Role, at: Timestamp) -> Option<Uscc> {
        if self.roles.contains(&role) {
            return self.department;
        }
        let mut current = self.stand_ins.iter().filter(|one| one.is_in_force(at));
        current.find(|one| one.roles.contains(&role))?.department
    }

    /// Returns the person of this department for whom the person acts in this role.
    pub fn stand_in_of(&self, role: Role, department: Uscc, at: Timestamp) -> Option<&StandIn> {
        let mut current = self.stand_ins.iter().filter(|one| one.is_in_force(at));
        current.find(|one| {
            let is_of_department = one.department.is_some();
            let covers = self.covers(one.department, Some(department));
            one.roles.contains(&role) && is_of_department && covers
        })
    }

    /// Returns true if the person is at this time the stand-in of `other` in any role.
    pub fn stands_in_for(&self, other: &Principal, at: Timestamp) -> bool {
        let mut current = self.stand_ins.iter().filter(|one| one.is_in_force(at));
        current.any(|one| one.from == *other)
    }

    /// Returns true if the person is at this time the stand-in of `other` in this role, for this department.
    pub fn represents(
        &self,
        other: &Principal,
        role: Role,
        department: Option<Uscc>,
        at: Timestamp,
    ) -> bool {
        let mut current = self.stand_ins.iter().filter(|one| one.is_in_force(at));
        current.any(|one| {
            let covers = self.covers(one.department, department);
            one.from == *other && one.roles.contains(&role) && covers
        })
    }

    /// Returns the last of the ended times in which the person stood in for another in one of these roles.
    pub fn ended_stand_in(&self, roles: &[Role], at: Timestamp) -> Option<&StandIn> {
        let ended = self.stand_ins.iter().filter(|one| !one.is_in_force(at));
        let in_role = ended.filter(|one| roles.iter().any(|role| one.roles.contains(role)));
        in_role.max_by_key(|one| one.until)
    }

    /// Returns the departments whose affairs the person sees; `None` for those of all.
    pub fn departments(&self, at: Timestamp) -> Option<BTreeSet<Uscc>> {
        let current = self.stand_ins.iter().filter(|one| one.is_in_force(at));
        let of_stand_ins = current.map(|one| one.department);
        // A person without roles of its own has only what it stands in for.
        let own = (!self.roles.is_empty()).then_some(self.department);
        self.covered(own.into_iter().chain(of_stand_ins))
    }

    /// Returns the departments for which the person acts in this role; `None` for all.
    pub fn departments_as(&self, role: Role, at: Timestamp) -> Option<BTreeSet<Uscc>> {
        let current = self.stand_ins.iter().filter(|one| one.is_in_force(at));
        let in_role = current.filter(|one| one.roles.contains(&role));
        let own = self.roles.contains(&role).then_some(self.department);
        self.covered(own.into_iter().chain(in_role.map(|one| one.department)))
    }

    /// The departments that rights with these limits cover; `None` for all.
    fn covered(&self, limits: impl Iterator<Item = Option<Uscc>>) -> Option<BTreeSet<Uscc>> {
        let limits: Option<BTreeSet<Uscc>> = limits.collect();
        limits.map(|mut covered| {
            let merged = covered
                .iter()
                .filter_map(|successor| self.merged.get(successor));
            let merged: Vec<Uscc> = merged.flatten().copied().collect();
            covered.extend(merged);
            covered
        })
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
#[path = "access_tests.rs"]
mod tests;
