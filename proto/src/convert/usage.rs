//! The use of granted data.

use chengji_domain::Error;
use chengji_domain::request::terms::Voucher;
use chengji_domain::usage::UsageFact;

use super::actor::{department_code_from, department_code_to};
use super::missing;
use super::request::id_from;
use crate::v1;
use crate::v1::body::Fact as Wire;

/// Converts a voucher to the wire.
pub fn voucher_to(voucher: &Voucher) -> v1::Voucher {
    v1::Voucher {
        user: voucher.user.to_string(),
        department: department_code_to(voucher.department),
        operation: voucher.operation.clone().unwrap_or_default(),
    }
}

/// Converts a voucher from the wire, where there is one. Its operation is not checked.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn optional_voucher_from(wire: Option<&v1::Voucher>) -> Result<Option<Voucher>, Error> {
    wire.map(voucher_from).transpose()
}

fn voucher_from(wire: &v1::Voucher) -> Result<Voucher, Error> {
    let operation = wire.operation.clone();
    Ok(Voucher {
        user: wire.user.parse()?,
        department: department_code_from(&wire.department)?,
        operation: (!operation.is_empty()).then_some(operation),
    })
}

pub(super) fn usage_fact_to(fact: &UsageFact) -> Wire {
    match fact {
        UsageFact::Vouched { request, voucher } => Wire::UseVouched(v1::UseVouched {
            request: request.to_string(),
            voucher: Some(voucher_to(voucher)),
        }),
    }
}

pub(super) fn usage_fact_from(wire: Wire) -> Result<UsageFact, Error> {
    Ok(match wire {
        Wire::UseVouched(vouched) => {
            let voucher = vouched.voucher.as_ref();
            UsageFact::Vouched {
                request: id_from(&vouched.request)?,
                voucher: voucher_from(voucher.ok_or_else(|| missing("voucher"))?)?,
            }
        }
        _ => return Err(missing("fact")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_use_read_as_they_were_written() {
        for (department, operation) in [(None, None), (Some("91350100M000100Y43"), Some("统计"))]
        {
            let fact = UsageFact::Vouched {
                request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
                voucher: Voucher {
                    user: "city/430100/person/wang.fang".parse().unwrap(),
                    department: department.map(|code| code.parse().unwrap()),
                    operation: operation.map(str::to_owned),
                },
            };
            assert_eq!(usage_fact_from(usage_fact_to(&fact)), Ok(fact));
        }
    }
}
