//! Adoption of formulas: facts of the own log, which all members read.

use chengji_domain::rate::{FormulaAdoption, RecordedAdoption};
use chengji_domain::{Principal, Result};
use chengji_paging::Pager;
use chengji_proto::convert::adopted_formula_to;
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_store::Tx;

use super::Rates;
use crate::journal;

impl Rates {
    /// Records the adoption of a formula.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if it is not announced before its first day, `ALREADY_EXISTS` if it changes nothing.
    pub async fn adopt(
        &self,
        by: Principal,
        adoption: FormulaAdoption,
    ) -> Result<RecordedAdoption> {
        let now = (self.clock)();
        let job = move |tx: &mut Tx<'_>| journal::adopt_formula(tx, now, &by, adoption);
        self.ledger.write(job).await
    }

    /// A page of the adopted formulas, in the order of the log.
    pub fn formulas(&self, request: &v1::ListFormulasRequest) -> Result<Page<v1::AdoptedFormula>> {
        let (kv, pager) = (&**self.ledger.kv(), Pager::<u64>::of(request)?);
        let adoptions = journal::adoptions(kv, pager.bounds(), pager.at_once());
        pager.fill(adoptions, |_, recorded| {
            Ok(Some(adopted_formula_to(&recorded)))
        })
    }
}

#[cfg(test)]
#[path = "formulas_tests.rs"]
mod tests;
