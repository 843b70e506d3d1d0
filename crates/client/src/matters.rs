//! Lists of corrections and demands, which both programs have.

use std::num::NonZeroUsize;

use chengji_domain::CityCode;
use chengji_proto::v1;
use clap::Args;

use crate::pages::Pages;
use crate::views;

/// Arguments: the filters of a list of corrections or demands.
#[derive(Args, Debug)]
pub struct MatterListArgs {
    /// Only those in this state, such as assigned or corrected
    #[arg(long, value_parser = views::matter_state)]
    state: Option<v1::MatterState>,
    /// Only those that this city answers
    #[arg(long, value_name = "CITY")]
    provider: Option<CityCode>,
    /// Only those that this city filed
    #[arg(long, value_name = "CITY")]
    consumer: Option<CityCode>,
    /// Only those past their deadline, the earliest first
    #[arg(long)]
    overdue: bool,
    /// Only those that need attention: with a refused move, or demands that were answered, declined or not assigned
    #[arg(long)]
    attention: bool,
    /// Number shown at most
    #[arg(long, default_value = "100")]
    limit: NonZeroUsize,
}

impl MatterListArgs {
    /// Returns the pages of the list.
    pub fn pages(&self) -> Pages<v1::ListMattersRequest> {
        let city = |city: Option<CityCode>| city.map(|city| city.to_string()).unwrap_or_default();
        let wanted = v1::ListMattersRequest {
            state: self.state.unwrap_or(v1::MatterState::Unspecified).into(),
            provider: city(self.provider),
            consumer: city(self.consumer),
            overdue: self.overdue,
            attention: self.attention,
            page: None,
        };
        Pages::at_most(wanted, self.limit.get())
    }
}
