//! The actor on entries, and the rule for their ownership: a department's publisher may only act on the
//! entries of that department.

use std::collections::BTreeSet;

use chengji_domain::{Error, ErrorCode, Principal, ResourceCode, Result, Uscc};
use chengji_messages::msg;
use chengji_transport::Permit;

/// The actor on entries.
#[derive(Clone, Debug)]
pub struct Editor {
    /// The principal.
    pub by: Principal,
    /// The department whose entries it may act on; `None` for the whole city.
    pub department: Option<Uscc>,
    /// Departments that were merged into that one.
    pub merged: BTreeSet<Uscc>,
}

impl Editor {
    /// The person with this permit.
    pub fn of(permit: &Permit) -> Self {
        Self {
            by: permit.principal().clone(),
            department: permit.rights().department(),
            merged: permit.rights().merged(),
        }
    }

    /// Refuses an entry of another department.
    pub fn check(&self, code: &ResourceCode, provider: Uscc) -> Result<()> {
        let covers = |own: &Uscc| *own == provider || self.merged.contains(&provider);
        let Some(own) = self.department.filter(|own| !covers(own)) else {
            return Ok(());
        };
        let message = msg::EntryOfAnotherDepartment {
            by: self.by.to_string(),
            code: code.as_str(),
            own: own.to_string(),
            provider: provider.to_string(),
        };
        Err(Error::new(ErrorCode::Denied, message))
    }
}

#[cfg(test)]
mod tests {
    use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE};

    use super::*;

    #[test]
    fn a_department_has_its_own_entries_and_the_city_has_all() {
        let (own, other) = (CREDIT_CODE, OTHER_CREDIT_CODE);
        let editor = |department: Option<&str>| Editor {
            by: "city/430200/person/officer".parse().unwrap(),
            department: department.map(|code| code.parse().unwrap()),
            merged: BTreeSet::new(),
        };
        let code = "103001000001".parse().unwrap();
        let check =
            |department, provider: &str| editor(department).check(&code, provider.parse().unwrap());
        assert_eq!(check(None, other), Ok(()));
        assert_eq!(check(Some(own), own), Ok(()));
        let error = check(Some(own), other).unwrap_err();
        let another = msg::EntryOfAnotherDepartment {
            by: "city/430200/person/officer",
            code: "103001000001",
            own,
            provider: other,
        };
        assert_eq!(error, Error::new(ErrorCode::Denied, another));
        let successor = Editor {
            merged: BTreeSet::from([other.parse().unwrap()]),
            ..editor(Some(own))
        };
        assert_eq!(successor.check(&code, other.parse().unwrap()), Ok(()));
    }
}
