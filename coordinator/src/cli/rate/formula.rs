//! `rate formula`: adopts formulas and lists them.

use chengji_client::arguments::{date, refused};
use chengji_client::cells;
use chengji_client::output::{Column, Table, print};
use chengji_client::pages::Pages;
use chengji_client::row;
use chengji_domain::Result;
use chengji_domain::rate;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::rate_service_client::RateServiceClient;
use clap::Subcommand;
use jiff::civil::Date;

use crate::cli::{Session, answer};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Formula {
    /// Adopt a formula: figures of cut-offs from a later day on are computed by it
    ///
    /// Members read it in the coordinator's log. Figures of earlier cut-offs do not change. Until its first day, the
    /// adoption of another formula from the same day takes its place.
    #[command(after_help = "Examples:
  chengji-coordinator rate formula adopt 3 --from 2027-01-01")]
    Adopt {
        /// Number of the formula: 3 for L5P1-A1/3
        #[arg(value_name = "NUMBER", value_parser = formula)]
        number: rate::Formula,
        /// First day of cut-offs, such as 2027-01-01 (Beijing time); later than today
        #[arg(long, value_name = "DATE", value_parser = date)]
        from: Date,
    },
    /// Adopted formulas, in the order of their records
    List,
}

impl Formula {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = RateServiceClient::new(session.channel().await?);
        let list = match self {
            Self::Adopt { number, from } => {
                let asked = v1::AdoptFormulaRequest {
                    formula: number.id().to_owned(),
                    from: from.to_string(),
                };
                let adopted = answer(client.adopt_formula(asked)).await?;
                v1::ListFormulasResponse {
                    formulas: vec![adopted],
                    ..Default::default()
                }
            }
            Self::List => {
                let pages = Pages::of(v1::ListFormulasRequest::default());
                let whole = pages.whole(async |asked| answer(client.list_formulas(asked)).await);
                whole.await?
            }
        };
        print(session.format(), &list, adopted)
    }
}

fn formula(text: &str) -> Result<rate::Formula> {
    let version = text.parse().ok();
    version
        .and_then(rate::Formula::from_version)
        .ok_or_else(|| {
            let terms = rate::Formula::ALL.map(|one| one.version().to_string());
            refused(msg::ValueNotOneOf {
                terms: terms.to_vec(),
            })
        })
}

fn adopted(list: &v1::ListFormulasResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("formula", msg::ColumnFormula),
        Column::left("from", msg::ColumnFrom),
        Column::right("seq", msg::ColumnSeq),
        Column::left("at", msg::ColumnAt),
        Column::left("by", msg::ColumnByPrincipal),
    ]);
    for one in &list.formulas {
        table.row(row![
            one.formula.clone(),
            one.from.clone(),
            one.seq.to_string(),
            one.at.as_ref().map(cells::time).unwrap_or_default(),
            one.by.clone(),
        ]);
    }
    let formula = rate::Formula::default().id();
    table.note(msg::RateFormulaFirst { formula });
    table
}
