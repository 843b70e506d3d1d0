//! Adoptions of formulas of the sharing rate.

use chengji_domain::rate::{Formula, FormulaAdoption, RecordedAdoption};
use chengji_domain::{Error, ErrorCode, Quoted};
use chengji_messages::msg;

use super::{date_from, newer, time_to};
use crate::v1;

/// Converts an adoption to the wire.
pub fn adoption_to(adoption: FormulaAdoption) -> v1::FormulaAdopted {
    v1::FormulaAdopted {
        formula: adoption.formula.id().to_owned(),
        from: adoption.from.to_string(),
    }
}

/// Converts an adoption from the wire.
///
/// # Errors
///
/// `UPGRADE_NEEDED` for a formula that this version does not compute, `INVALID_ARGUMENT` for a malformed day.
pub fn adoption_from(wire: &v1::FormulaAdopted) -> Result<FormulaAdoption, Error> {
    Ok(FormulaAdoption {
        formula: Formula::from_id(&wire.formula).ok_or_else(|| newer("formula"))?,
        from: date_from(&wire.from, "from")?,
    })
}

/// Converts a recorded adoption to the wire.
pub fn adopted_formula_to(recorded: &RecordedAdoption) -> v1::AdoptedFormula {
    v1::AdoptedFormula {
        formula: recorded.adoption.formula.id().to_owned(),
        from: recorded.adoption.from.to_string(),
        seq: recorded.seq,
        at: Some(time_to(recorded.at)),
        by: recorded.by.to_string(),
    }
}

/// Parses the adoption that a caller wants recorded.
pub(super) fn adoption_order_from(
    wire: &v1::AdoptFormulaRequest,
) -> Result<FormulaAdoption, Error> {
    let formula = Formula::from_id(&wire.formula).ok_or_else(|| {
        let message = msg::FormulaUnknown {
            formula: Quoted(&wire.formula),
            known: Formula::ALL.map(Formula::id).to_vec(),
        };
        Error::new(ErrorCode::InvalidArgument, message)
    })?;
    let from = date_from(&wire.from, "from")?;
    Ok(FormulaAdoption { formula, from })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adoptions_are_read_as_they_were_written_and_unknown_formulas_wait_for_an_upgrade() {
        for formula in Formula::ALL {
            let from = "2026-12-01".parse().unwrap();
            let adoption = FormulaAdoption { formula, from };
            assert_eq!(adoption_from(&adoption_to(adoption)).unwrap(), adoption);
        }
        let read = |formula: &str, from: &str| {
            let read = adoption_from(&v1::FormulaAdopted {
                formula: formula.to_owned(),
                from: from.to_owned(),
            });
            read.map_err(|error| error.code())
        };
        let newer = read("L5P1-A1/4", "2026-12-01");
        assert_eq!(newer, Err(ErrorCode::UpgradeNeeded));
        let malformed = read("L5P1-A1/3", "12-01");
        assert_eq!(malformed, Err(ErrorCode::InvalidArgument));
    }

    #[test]
    fn a_caller_names_a_formula_that_is_computed() {
        let order = |formula: &str| {
            let order = adoption_order_from(&v1::AdoptFormulaRequest {
                formula: formula.to_owned(),
                from: "2026-12-01".to_owned(),
            });
            order.map(|one| one.formula).map_err(|error| error.code())
        };
        assert_eq!(order("L5P1-A1/3"), Ok(Formula::WidestRead));
        assert_eq!(order("L5P1-A1/1"), Err(ErrorCode::InvalidArgument));
    }
}
