//! Views of log entries.

use chengji_domain::catalogue::EntryAct;
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{entry_act_from, problem_message};
use chengji_proto::v1;

use super::moves::{due_act, mv};
use super::probe;
use super::request::stop_reason;
use super::usage;
use crate::cells;
use crate::fields::Fields;
use crate::output::{Column, Table};
use crate::row;

/// Entries of a log, one a line, and where the log ends. Entries the reader may not see are shown by
/// their leaf.
pub fn log(list: &v1::LogPage, head: u64) -> Table {
    let mut table = Table::new(&[
        Column::right("seq", msg::ColumnSeq),
        Column::left("at", msg::ColumnAt),
        Column::left("principal", msg::ColumnByPrincipal),
        Column::left("fact", msg::ColumnFact),
        Column::left("leaf", msg::ColumnLeaf),
    ]);
    for line in &list.lines {
        let at = line.envelope.as_ref().and_then(|envelope| envelope.at);
        let body = line.body.as_ref();
        table.row(row![
            line.seq.to_string(),
            at.as_ref().map(cells::time).unwrap_or_default(),
            body.map(|body| body.principal.clone()).unwrap_or_default(),
            fact(body.and_then(|body| body.fact.as_ref())),
            cells::digest(&line.leaf),
        ]);
    }
    table.note(msg::LogHead { head });
    table
}

/// An archive of a log.
pub fn log_archive(archive: &v1::LogArchive) -> Table {
    let mut fields = Fields::new();
    fields.field("path", msg::ColumnFile, &archive.path);
    fields.field("log", msg::ColumnLog, &archive.log);
    fields.field("from", msg::ColumnFirstPosition, archive.from);
    fields.field("next", msg::ColumnNextPosition, archive.next);
    fields.field("without_body", msg::ColumnWithoutBody, archive.without_body);
    fields.field("root", msg::ColumnRoot, cells::digest(&archive.root));
    fields.into()
}

/// Contents that retention removed, or would remove.
pub fn removed_contents(removed: &v1::RemovedContents) -> Table {
    let mut fields = Fields::new();
    fields.field("bodies", msg::ColumnBodiesOfLogEntries, removed.bodies);
    fields.field("moves", msg::ColumnMovesWithContents, removed.moves);
    fields.field("revisions", msg::ColumnRevisions, removed.revisions);
    fields.field("bytes", msg::ColumnBytes, cells::bytes(removed.bytes));
    if let Some(oldest) = &removed.oldest {
        fields.field("oldest", msg::ColumnOldest, cells::time(oldest));
    }
    fields.into()
}

fn fact(fact: Option<&v1::body::Fact>) -> Message {
    use v1::body::Fact;
    let Some(fact) = fact else {
        return msg::FactHidden.into();
    };
    match fact {
        Fact::Published(f) => published(f),
        Fact::EntryWithdrawn(f) => {
            let (code, reason) = (&f.code, &f.reason);
            msg::FactWithdrawn { code, reason }.into()
        }
        Fact::Mounted(f) => mounted(f),
        Fact::Unmounted(f) => {
            let (code, reason) = (&f.code, &f.reason);
            msg::FactUnmounted { code, reason }.into()
        }
        Fact::Measured(f) => {
            let bytes = f.measurement.as_ref().map_or(0, |m| m.bytes);
            let code = &f.code;
            msg::FactMeasured { bytes, code }.into()
        }
        Fact::EpochOpened(f) => {
            let start = f.start.clone().unwrap_or_default();
            let (epoch, previous) = (start.epoch, start.previous);
            msg::FactEpochOpened { epoch, previous }.into()
        }
        Fact::LogKeyed(f) => {
            let key = cells::digest(&f.key.clone().unwrap_or_default().public);
            msg::FactLogKeyed { key }.into()
        }
        Fact::EntrySubmitted(_)
        | Fact::EntryReturned(_)
        | Fact::EntryTakenBack(_)
        | Fact::WithdrawalAsked(_)
        | Fact::WithdrawalDeclined(_)
        | Fact::CatalogueChangeNoted(_)
        | Fact::CatalogueUpdateExtended(_)
        | Fact::CatalogueUpdatedLate(_)
        | Fact::CatalogueReminded(_) => of_review(fact),
        Fact::Requested(_)
        | Fact::RequestMoved(_)
        | Fact::Stopped(_)
        | Fact::StopLifted(_)
        | Fact::Delivered(_)
        | Fact::Received(_)
        | Fact::RequestOpened(_)
        | Fact::ApprovalAwaited(_)
        | Fact::RequestOrdered(_)
        | Fact::MoveRefused(_)
        | Fact::StopNoted(_)
        | Fact::StopLiftNoted(_)
        | Fact::Reminded(_) => of_request(fact),
        Fact::Proposed(_)
        | Fact::ProposalEnded(_)
        | Fact::StandingConsent(_)
        | Fact::StandingConsentEnded(_)
        | Fact::Delegated(_)
        | Fact::DelegationEnded(_) => super::consent::fact(fact),
        Fact::UsageRecorded(_) | Fact::UseVouched(_) | Fact::UsageReminded(_) => usage::fact(fact),
        Fact::GrantRuleSet(_) | Fact::GrantRuleEnded(_) | Fact::DefaultScopeChanged(_) => {
            super::grant_rules::fact(fact)
        }
        Fact::Subscribed(_) | Fact::SubscriptionEnded(_) => super::notification::fact(fact),
        Fact::MatterFiled(_)
        | Fact::MatterMoved(_)
        | Fact::RowsAttached(_)
        | Fact::MatterOpened(_)
        | Fact::MatterOrdered(_)
        | Fact::MatterMoveRefused(_)
        | Fact::MatterReminded(_)
        | Fact::CorrectionTold(_) => super::matter_moves::fact(fact),
        Fact::DeadlineRulesSet(_) | Fact::HolidayNoticeSet(_) => super::rules::fact(fact),
        Fact::DepartmentSucceeded(succeeded) => super::department::fact(succeeded),
        Fact::DepartmentSuccessionEnded(ended) => super::department::ended_fact(ended),
        Fact::ReturnFlowChanged(_) | Fact::ReturnFlowNoted(_) => super::return_flow::fact(fact),
        Fact::ProbeOrdered(_) | Fact::ProbeMade(_) | Fact::ProbeNoted(_) => probe::fact(fact),
        _ => of_cluster(fact),
    }
}

fn mounted(fact: &v1::Mounted) -> Message {
    let (code, name) = (&fact.code, &fact.file_name);
    match fact.is_table {
        true => msg::FactTableMounted { code, table: name }.into(),
        false => msg::FactMounted { code, file: name }.into(),
    }
}

fn published(fact: &v1::Published) -> Message {
    let entry = fact.entry.clone().unwrap_or_default();
    let (code, name, revision) = (entry.code, entry.name, fact.revision);
    let message = msg::FactPublished {
        code,
        name,
        revision,
    };
    message.into()
}

/// Facts about the review of entries and their update.
fn of_review(fact: &v1::body::Fact) -> Message {
    use v1::body::Fact;
    match fact {
        Fact::EntrySubmitted(f) => {
            let (code, revision) = (&f.code, f.revision);
            msg::FactSubmitted { code, revision }.into()
        }
        Fact::EntryReturned(f) => {
            let (code, reason, revision) = (&f.code, &f.reason, f.revision);
            msg::FactReturned {
                code,
                reason,
                revision,
            }
            .into()
        }
        Fact::EntryTakenBack(f) => {
            let (code, revision) = (&f.code, f.revision);
            msg::FactTakenBack { code, revision }.into()
        }
        Fact::WithdrawalAsked(f) => {
            let (code, reason) = (&f.code, &f.reason);
            msg::FactWithdrawalAsked { code, reason }.into()
        }
        Fact::WithdrawalDeclined(f) => {
            let (code, reason) = (&f.code, &f.reason);
            msg::FactWithdrawalDeclined { code, reason }.into()
        }
        Fact::CatalogueChangeNoted(f) => {
            let (code, on) = (&f.code, &f.on);
            msg::FactChangeNoted { code, on }.into()
        }
        Fact::CatalogueUpdateExtended(f) => {
            let (code, days) = (&f.code, f.working_days);
            msg::FactUpdateExtended { code, days }.into()
        }
        Fact::CatalogueUpdatedLate(f) => msg::FactUpdatedLate {
            code: &f.code,
            deadline: cells::deadline(&f.deadline, f.provisional),
            revision: f.revision,
        }
        .into(),
        Fact::CatalogueReminded(f) => reminded(f),
        _ => msg::Text { text: "" }.into(),
    }
}

fn reminded(fact: &v1::CatalogueReminded) -> Message {
    let act =
        entry_act_from(fact.act()).map_or_else(|| msg::Text { text: "" }.into(), EntryAct::label);
    let (count, deadline) = (fact.codes.len(), &fact.deadline);
    let department = &fact.department;
    match fact.overdue {
        true => msg::FactEntriesOverdue {
            act,
            count,
            deadline,
            department,
        }
        .into(),
        false => msg::FactEntriesNear {
            act,
            count,
            deadline,
            department,
        }
        .into(),
    }
}

fn stopped(fact: &v1::Stopped) -> Message {
    let target = match &fact.target {
        Some(v1::stopped::Target::Request(id)) => id.as_str(),
        Some(v1::stopped::Target::Entry(code)) => code.as_str(),
        None => "",
    };
    let cause = fact.cause().as_str_name();
    let reason = stop_reason(fact.cause(), &fact.reason);
    let message = msg::FactStopped {
        cause,
        reason,
        target,
    };
    message.into()
}

/// Facts about requests and deliveries.
fn of_request(fact: &v1::body::Fact) -> Message {
    use v1::body::Fact;
    match fact {
        Fact::Requested(f) => {
            let submission = f.submission.clone().unwrap_or_default();
            let (code, provider) = (submission.code, submission.provider);
            msg::FactRequested { code, provider }.into()
        }
        Fact::RequestMoved(f) => {
            let (request, step) = (&f.request, mv(f.r#move.as_ref()));
            msg::FactMoved { request, step }.into()
        }
        Fact::Stopped(f) => stopped(f),
        Fact::StopLifted(f) => {
            let target = match &f.target {
                Some(v1::stop_lifted::Target::Request(id)) => id.as_str(),
                Some(v1::stop_lifted::Target::Entry(code)) => code.as_str(),
                None => "",
            };
            let reason = &f.reason;
            msg::FactResumed { reason, target }.into()
        }
        Fact::Delivered(f) => delivered(f),
        Fact::Received(f) => received(f),
        Fact::RequestOpened(f) => {
            let (request, step) = (&f.request, step(f.step.as_ref()));
            msg::FactRequestOpened { request, step }.into()
        }
        Fact::ApprovalAwaited(f) => {
            let deadline = cells::deadline(&f.deadline, f.provisional);
            let request = &f.request;
            msg::FactApprovalAwaited { deadline, request }.into()
        }
        Fact::RequestOrdered(f) => {
            let (request, step) = (&f.request, step(f.step.as_ref()));
            msg::FactRequestOrdered { request, step }.into()
        }
        Fact::MoveRefused(f) => {
            let problem = problem_message(f.problem.as_ref());
            let request = &f.request;
            msg::FactMoveRefused { problem, request }.into()
        }
        Fact::StopNoted(f) => {
            let (reason, request) = (stop_reason(f.cause(), &f.reason), &f.request);
            msg::FactStopNoted { reason, request }.into()
        }
        Fact::StopLiftNoted(f) => {
            let (reason, request) = (&f.reason, &f.request);
            msg::FactStopLiftNoted { reason, request }.into()
        }
        Fact::Reminded(f) => {
            let deadline = cells::deadline(&f.deadline, f.provisional);
            let (act, request) = (due_act(f.act), &f.request);
            let reminded = msg::FactReminded {
                act,
                deadline,
                request,
            };
            reminded.into()
        }
        _ => msg::Text { text: "" }.into(),
    }
}

fn delivered(fact: &v1::Delivered) -> Message {
    let (bytes, city, request) = (fact.bytes, &fact.consumer, &fact.request);
    match fact.rows {
        None => msg::FactDelivered {
            bytes,
            city,
            request,
        }
        .into(),
        Some(rows) => msg::FactTableDelivered {
            bytes,
            city,
            request,
            rows,
        }
        .into(),
    }
}

fn received(fact: &v1::Received) -> Message {
    let (bytes, city, request) = (fact.bytes, &fact.provider, &fact.request);
    match fact.rows {
        None => msg::FactReceived {
            bytes,
            city,
            request,
        }
        .into(),
        Some(rows) => msg::FactTableReceived {
            bytes,
            city,
            request,
            rows,
        }
        .into(),
    }
}

/// Facts about the cluster: members, people, rosters, seals.
fn of_cluster(fact: &v1::body::Fact) -> Message {
    use v1::body::Fact;
    match fact {
        Fact::Admitted(f) => {
            let member = f.member.clone().unwrap_or_default();
            msg::FactAdmitted {
                city: member.city,
                endpoint: member.endpoint,
                name: member.name,
            }
            .into()
        }
        Fact::AccessGranted(f) => msg::FactAccessGranted {
            department: &f.department,
            principal: Value::principal(&f.principal),
            roles: super::access::roles(&f.roles).shown(),
        }
        .into(),
        Fact::Certified(f) => {
            let (principal, serial) = (Value::principal(&f.principal), &f.serial);
            msg::FactCertified { principal, serial }.into()
        }
        Fact::AccessEnded(f) => {
            let (principal, reason) = (Value::principal(&f.principal), &f.reason);
            msg::FactAccessEnded { principal, reason }.into()
        }
        Fact::MembershipStatusChanged(f) => msg::FactMembershipChanged {
            city: &f.city,
            reason: &f.reason,
            status: super::access::membership_status(f.status()).shown(),
        }
        .into(),
        Fact::CertificatesRevoked(f) => {
            let serials = f.certificates.iter().map(|c| c.serial.as_str());
            let serials: Vec<&str> = serials.collect();
            let principal = Value::principal(&f.principal);
            msg::FactCertificatesRevoked { principal, serials }.into()
        }
        Fact::RosterSigned(f) => {
            let entries = f.checkpoint.lines().nth(1).unwrap_or_default();
            msg::FactRosterSigned { entries }.into()
        }
        Fact::FormulaAdopted(f) => msg::FactFormulaAdopted {
            formula: &f.formula,
            from: &f.from,
        }
        .into(),
        Fact::Sealed(f) => msg::FactSealed {
            checkpoint: cells::digest(&f.checkpoint),
            cut_off: f.cut_off.as_ref().map(cells::time).unwrap_or_default(),
            logs: f.cities.len(),
        }
        .into(),
        Fact::Quarantined(f) => msg::FactQuarantined {
            city: &f.city,
            problem: problem_message(f.problem.as_ref()),
            seq: f.seq,
        }
        .into(),
        Fact::QuarantineSummarised(f) => msg::FactQuarantineSummarised {
            city: &f.city,
            count: f.count,
            first: f.from_seq,
            last: f.to_seq,
            problem: problem_message(f.problem.as_ref()),
        }
        .into(),
        Fact::FindingEntered(f) => msg::FactFindingEntered {
            city: &f.city,
            article: &f.article,
            text: &f.text,
        }
        .into(),
        _ => msg::Text { text: "" }.into(),
    }
}

fn step(step: Option<&v1::Step>) -> Message {
    mv(step.and_then(|step| step.r#move.as_ref()))
}

#[cfg(test)]
mod tests {
    use v1::body::Fact;

    use super::*;

    #[test]
    fn a_delivered_table_is_shown_with_its_rows_and_a_file_without() {
        let delivered = |rows| v1::Delivered {
            request: "430100-1-1-AAAAAAAAAAAAA".to_owned(),
            consumer: "430100".to_owned(),
            bytes: 900,
            rows,
            ..v1::Delivered::default()
        };
        let received = |rows| v1::Received {
            request: "430100-1-1-AAAAAAAAAAAAA".to_owned(),
            provider: "430200".to_owned(),
            bytes: 900,
            rows,
            ..v1::Received::default()
        };
        for (known, rows, code) in [
            (Fact::Delivered(delivered(None)), None, "fact-delivered"),
            (Fact::Received(received(None)), None, "fact-received"),
            // A table without rows is none the less a table.
            (
                Fact::Delivered(delivered(Some(0))),
                Some(0),
                "fact-table-delivered",
            ),
            (
                Fact::Received(received(Some(12))),
                Some(12),
                "fact-table-received",
            ),
        ] {
            let shown = fact(Some(&known));
            assert_eq!(shown.code(), code);
            assert_eq!(shown.param("rows"), rows.map(Value::Integer).as_ref());
        }
    }
}
