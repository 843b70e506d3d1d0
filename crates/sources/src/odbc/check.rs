//! What a check of a database over ODBC finds.

use chengji_messages::msg;
use chengji_odbc_dialog::Checked;

use crate::Finding;

/// The products that were tested with Debian's drivers, by the names that the drivers report.
const TESTED: [&str; 2] = ["PostgreSQL", "MariaDB"];

/// Returns what a check found.
pub(super) fn findings(checked: &Checked) -> Vec<Finding> {
    let product = checked.product.as_str();
    let is_tested = TESTED.contains(&product);
    let count = checked.tables;
    vec![
        match is_tested {
            true => Finding::note(msg::OdbcCheckTested { product }),
            false => Finding::note(msg::OdbcCheckUntested { product }),
        },
        Finding::note(msg::OdbcCheckNotJudged),
        match count {
            0 => Finding::warning(msg::OdbcCheckNoTables),
            count => Finding::note(msg::OdbcCheckTables { count }),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(product: &str, tables: u64) -> Vec<(bool, String)> {
        let product = product.to_owned();
        let found = findings(&Checked { product, tables });
        let codes = found.iter();
        codes
            .map(|finding| (finding.is_warning, finding.message.code().to_owned()))
            .collect()
    }

    #[test]
    fn products_that_nobody_tested_are_called_so() {
        let tested = codes("PostgreSQL", 3);
        assert_eq!(tested[0], (false, "odbc-check-tested".to_owned()));
        let untested = codes("DM8", 0);
        assert_eq!(untested[0], (false, "odbc-check-untested".to_owned()));
        assert_eq!(untested[2], (true, "odbc-check-no-tables".to_owned()));
    }
}
