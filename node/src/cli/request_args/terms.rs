//! The terms of a grant: limits on reading and use, and duties of the consumer.

use chengji_client::arguments::{refused, within};
use chengji_domain::Principal;
use chengji_domain::request::terms::{Duties, Limits, Rate, User};
use chengji_messages::msg;
use chengji_proto::convert::terms_of_use_to;
use chengji_proto::v1;
use clap::Args;

/// The terms of a grant.
#[derive(Args, Debug, Clone, Default)]
pub struct TermArgs {
    /// Fetches in all
    #[arg(long, value_name = "COUNT", value_parser = within::<u64>(1..))]
    count: Option<u64>,
    /// Fetches in a period, such as 4/day: minute, hour, day, week, or a number of seconds
    #[arg(long, value_name = "RATE", value_parser = rate)]
    rate: Option<Rate>,
    /// Days of use from the first delivery
    #[arg(long, value_name = "DAYS", value_parser = within::<u32>(1..=1830))]
    use_days: Option<u32>,
    /// Node or application of the consumer that may fetch; may be repeated
    #[arg(long, value_name = "PRINCIPAL")]
    connector: Vec<Principal>,
    /// Person, application or department of the consumer that may use the data; may be repeated
    #[arg(long, value_name = "USER", value_parser = user)]
    user: Vec<User>,
    /// Operation that the data may be used for, by an agreed name; may be repeated
    #[arg(long, value_name = "NAME")]
    operation: Vec<String>,
    /// Range in which the data may be seen
    #[arg(long, value_name = "RANGE")]
    visible_range: Option<String>,
    /// Range in which the data may be used
    #[arg(long, value_name = "RANGE")]
    usable_range: Option<String>,
    /// Each use is notified to the provider
    #[arg(long)]
    notify: bool,
    /// Days after the end within which the data is destroyed
    #[arg(long, value_name = "DAYS", value_parser = within::<u32>(0..=1830))]
    destroy_within: Option<u32>,
    /// Years that usage records are kept, at least 3
    #[arg(long, value_name = "YEARS", value_parser = within::<u32>(3..=30))]
    records_years: Option<u32>,
    /// Months after which a usage record is due; 12 unless given
    #[arg(long, value_name = "MONTHS", value_parser = within::<u32>(1..=12))]
    records_every: Option<u32>,
}

impl From<TermArgs> for v1::TermsOfUse {
    fn from(arguments: TermArgs) -> Self {
        let limits = Limits {
            count: arguments.count,
            rate: arguments.rate,
            period_days: arguments.use_days,
            connectors: given(arguments.connector),
            users: given(arguments.user),
            operations: given(arguments.operation),
            visible_range: arguments.visible_range,
            usable_range: arguments.usable_range,
        };
        let duties = Duties {
            notify: arguments.notify,
            destroy_within_days: arguments.destroy_within,
            records_years: arguments.records_years,
            records_every_months: arguments.records_every,
        };
        terms_of_use_to(&limits, duties)
    }
}

/// The values of an argument that may be repeated; `None` without any.
fn given<T, S: FromIterator<T>>(values: Vec<T>) -> Option<S> {
    (!values.is_empty()).then(|| values.into_iter().collect())
}

/// Reads a rate, such as 4/day.
fn rate(text: &str) -> chengji_domain::Result<Rate> {
    let malformed = || refused(msg::PeriodUnknown);
    let (count, period) = text.split_once('/').ok_or_else(malformed)?;
    let seconds: u32 = match period {
        "minute" => 60,
        "hour" => 60 * 60,
        "day" => 24 * 60 * 60,
        "week" => 7 * 24 * 60 * 60,
        seconds => seconds.parse().map_err(|_| malformed())?,
    };
    let count: u64 = count.parse().map_err(|_| malformed())?;
    Ok(Rate { count, seconds })
}

/// Reads a principal, or the credit code of a department.
fn user(text: &str) -> chengji_domain::Result<User> {
    match text.contains('/') {
        true => text.parse().map(User::Principal),
        false => text.parse().map(User::Department),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_names_its_period() {
        let read = |text| rate(text).ok().map(|rate| (rate.count, rate.seconds));
        assert_eq!(read("4/day"), Some((4, 86_400)));
        assert_eq!(read("10/3600"), Some((10, 3_600)));
        for wrong in ["4", "4/", "/day", "x/day", "4/month", "-1/day"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_user_is_a_principal_or_a_department() {
        let person = user("city/430100/person/wang.fang");
        assert!(matches!(person, Ok(User::Principal(_))));
        assert!(matches!(
            user("91350100M000100Y43"),
            Ok(User::Department(_))
        ));
        assert!(user("wang.fang").is_err());
    }
}
