//! `grant-rule …`: rules by which requests for conditional entries are granted automatically.

use std::process::ExitCode;

use chengji_client::arguments::within;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::Result;
use chengji_domain::grant_rule::DepartmentKind;
use chengji_proto::v1;
use chengji_proto::v1::grant_rule_service_client::GrantRuleServiceClient;
use clap::Subcommand;

use super::{Context, answer};

/// Commands on rules for automatic grants.
#[derive(Subcommand, Debug)]
pub enum GrantRuleCommand {
    /// Set the rule of a conditional entry, in place of an earlier one
    ///
    /// It takes effect with a standing consent to automatic grants of the entry that is given after it, and ends with
    /// the published revision.
    #[command(
        after_help = "Example:\n  chengji-node grant-rule set 201001/000001 --department-kind 11 \
        --department-kind 12 --purpose 'settlement of medical bills' --max-days 180"
    )]
    Set {
        /// Resource code
        code: String,
        /// Kind of the consumer's department, such as 11 for an organ of the state; may be repeated; any unless given
        #[arg(long, value_name = "KIND")]
        department_kind: Vec<DepartmentKind>,
        /// Permitted purpose, in the words of a request; may be repeated
        #[arg(long, required = true)]
        purpose: Vec<String>,
        /// Longest period of use in days
        #[arg(long, value_name = "DAYS", value_parser = within::<u32>(1..=1830))]
        max_days: u32,
    },
    /// End the rule of an entry
    End {
        /// Resource code
        code: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// List the rules
    List,
}

/// Runs one.
pub async fn run(command: GrantRuleCommand, context: &Context) -> Result<ExitCode> {
    let mut client = GrantRuleServiceClient::new(context.channel().await?);
    let format = context.format();
    let state = match command {
        GrantRuleCommand::Set {
            code,
            department_kind,
            purpose,
            max_days,
        } => {
            let rule = v1::GrantRule {
                department_kinds: department_kind.iter().map(ToString::to_string).collect(),
                purposes: purpose,
                max_days,
            };
            let rule = Some(rule);
            answer(client.set(v1::SetGrantRuleRequest { code, rule })).await?
        }
        GrantRuleCommand::End { code, reason } => {
            answer(client.end(v1::EndGrantRuleRequest { code, reason })).await?
        }
        GrantRuleCommand::List => {
            let pages = Pages::of(v1::ListGrantRulesRequest::default());
            let found = pages.whole(async |wanted| answer(client.list(wanted)).await);
            print(format, &found.await?, views::grant_rules)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    print(format, &state, views::grant_rule)?;
    Ok(ExitCode::SUCCESS)
}
