//! The user and the operation of a fetch: what only the consumer's node sees, and vouches for.

use chengji_messages::{Message, Value, msg};

use super::check::check_operation;
use super::{Limits, User};
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;
use crate::uscc::Uscc;

/// The user and the operation of a fetch, by the word of the consumer's node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The person or application for whom the data is fetched.
    pub user: Principal,
    /// The user's department; `None` for a user of the whole city.
    pub department: Option<Uscc>,
    /// The operation, by its agreed name; `None` where none was named.
    pub operation: Option<String>,
}

impl Voucher {
    /// Checks the text of the operation. Errors: `INVALID_ARGUMENT`.
    pub fn check_text(&self) -> Result<()> {
        self.operation.as_deref().map_or(Ok(()), check_operation)
    }
}

impl Limits {
    /// Returns true if fetches take a voucher.
    pub fn need_voucher(&self) -> bool {
        self.users.is_some() || self.operations.is_some()
    }

    /// Refuses users and operations that are not permitted, and a fetch without a voucher where one is needed.
    /// Errors: `NO_GRANT`.
    pub fn check_voucher(&self, voucher: Option<&Voucher>) -> Result<()> {
        let Some(voucher) = voucher else {
            return match self.need_voucher() {
                true => refused(msg::VoucherMissing),
                false => Ok(()),
            };
        };
        self.check_user(&voucher.user, voucher.department)?;
        match (&self.operations, &voucher.operation) {
            (None, _) => Ok(()),
            (Some(permitted), Some(operation)) if permitted.contains(operation) => Ok(()),
            (Some(permitted), _) => refused(msg::OperationNotPermitted {
                permitted: permitted.iter().collect::<Value>(),
            }),
        }
    }

    /// Refuses a user that is not permitted. Errors: `NO_GRANT`.
    pub fn check_user(&self, user: &Principal, department: Option<Uscc>) -> Result<()> {
        let is_named = |permitted: &User| match permitted {
            User::Principal(permitted) => permitted == user,
            User::Department(permitted) => department == Some(*permitted),
        };
        match &self.users {
            Some(users) if !users.iter().any(is_named) => {
                refused(msg::UserNotPermitted { who: user })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a connector that is not permitted. Errors: `NO_GRANT`.
    pub fn check_connector(&self, connector: &Principal) -> Result<()> {
        match &self.connectors {
            Some(permitted) if !permitted.contains(connector) => {
                refused(msg::ConnectorNotPermitted { who: connector })
            }
            _ => Ok(()),
        }
    }
}

fn refused(message: impl Into<Message>) -> Result<()> {
    Err(Error::new(ErrorCode::NoGrant, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPARTMENT: &str = "91350100M000100Y43";

    fn voucher(user: &str, department: bool, operation: Option<&str>) -> Voucher {
        Voucher {
            user: user.parse().unwrap(),
            department: department.then(|| DEPARTMENT.parse().unwrap()),
            operation: operation.map(str::to_owned),
        }
    }

    #[test]
    fn users_and_operations_are_those_that_were_granted() {
        let (wang, li) = ("city/430100/person/wang.fang", "city/430100/person/li.lei");
        let limits = Limits {
            users: Some(
                [
                    User::Principal(wang.parse().unwrap()),
                    User::Department(DEPARTMENT.parse().unwrap()),
                ]
                .into(),
            ),
            operations: Some(["statistics".to_owned()].into()),
            ..Limits::default()
        };
        let code = |voucher: Option<Voucher>| {
            let checked = limits.check_voucher(voucher.as_ref());
            checked.map_err(|error| error.message().code().to_owned())
        };
        let to = Some("statistics");
        assert_eq!(code(Some(voucher(wang, false, to))), Ok(()));
        assert_eq!(code(Some(voucher(li, true, to))), Ok(()));
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(
            code(Some(voucher(li, false, to))),
            refused("user-not-permitted")
        );
        for other in [None, Some("export")] {
            let with = code(Some(voucher(wang, false, other)));
            assert_eq!(with, refused("operation-not-permitted"));
        }
        assert_eq!(code(None), refused("voucher-missing"));
        assert_eq!(Limits::default().check_voucher(None), Ok(()));
        let with = voucher(li, false, Some("anything"));
        assert_eq!(Limits::default().check_voucher(Some(&with)), Ok(()));
    }

    #[test]
    fn a_connector_is_one_that_was_granted() {
        let node: Principal = "city/430100/node".parse().unwrap();
        let app: Principal = "city/430100/app/registry".parse().unwrap();
        let limits = Limits {
            connectors: Some([app.clone()].into()),
            ..Limits::default()
        };
        assert_eq!(limits.check_connector(&app), Ok(()));
        let error = limits.check_connector(&node).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NoGrant);
        assert_eq!(Limits::default().check_connector(&node), Ok(()));
    }
}
