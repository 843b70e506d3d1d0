//! Arguments of the commands about disputes and findings.

use chengji_domain::CityCode;
use chengji_domain::request::RequestNumber;
use chengji_proto::v1;
use clap::{ArgGroup, Args};

#[derive(Debug, Args)]
pub(super) struct Mediate {
    /// Request number, in full or short, such as 430100-1-42
    id: RequestNumber,
    /// The agreement
    #[arg(long)]
    agreement: String,
    /// Number of its document
    #[arg(long)]
    document: String,
}

impl From<Mediate> for v1::MediateRequest {
    fn from(mediated: Mediate) -> Self {
        Self {
            id: mediated.id.to_string(),
            agreement: mediated.agreement,
            document: mediated.document,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Refer {
    /// Request number, in full or short, such as 430100-1-42
    id: RequestNumber,
    /// The authority
    #[arg(long)]
    authority: String,
    /// Reason
    #[arg(long)]
    reason: String,
    /// Number of the document
    #[arg(long, default_value = "")]
    document: String,
}

impl From<Refer> for v1::ReferRequest {
    fn from(referred: Refer) -> Self {
        Self {
            id: referred.id.to_string(),
            authority: referred.authority,
            reason: referred.reason,
            document: referred.document,
        }
    }
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("outcome").required(true).args(["stands", "answer_anew"])))]
pub(super) struct Decide {
    /// Request number, in full or short, such as 430100-1-42
    id: RequestNumber,
    /// The government
    #[arg(long)]
    government: String,
    /// Number of the decision
    #[arg(long)]
    document: String,
    /// Reason
    #[arg(long)]
    reason: String,
    /// Restore the state before the dispute
    #[arg(long)]
    stands: bool,
    /// The provider has to answer anew
    #[arg(long)]
    answer_anew: bool,
}

impl From<Decide> for v1::DecideRequest {
    fn from(decided: Decide) -> Self {
        Self {
            id: decided.id.to_string(),
            government: decided.government,
            document: decided.document,
            reason: decided.reason,
            answer_anew: decided.answer_anew && !decided.stands,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct EnterFinding {
    /// City code
    city: CityCode,
    /// The article and item concerned, such as 40(3)
    #[arg(long)]
    article: String,
    /// Description of the finding
    #[arg(long)]
    text: String,
    /// Number of the document
    #[arg(long, default_value = "")]
    document: String,
}

impl From<EnterFinding> for v1::EnterFindingRequest {
    fn from(finding: EnterFinding) -> Self {
        Self {
            city: finding.city.to_string(),
            article: finding.article,
            text: finding.text,
            document: finding.document,
        }
    }
}
