//! Views of log entries.

use chengji_proto::convert::problem_message;
use chengji_proto::v1;

use super::request::mv;
use crate::cells;
use crate::output::{Column, Table};

/// Entries of a log, one a line, and where the log ends. Entries the reader may not see are shown by
/// their leaf.
pub fn log(list: &v1::LogPage, head: u64) -> Table {
    let mut table = Table::new(&[
        Column::right("seq", "seq 序号"),
        Column::left("at", "at 时间"),
        Column::left("principal", "by 操作者"),
        Column::left("fact", "fact 事实"),
        Column::left("leaf", "leaf 叶哈希"),
    ]);
    for line in &list.lines {
        let at = line.envelope.as_ref().and_then(|envelope| envelope.at);
        let body = line.body.as_ref();
        table.row([
            line.seq.to_string(),
            at.as_ref().map(cells::time).unwrap_or_default(),
            body.map(|body| body.principal.clone()).unwrap_or_default(),
            fact(body.and_then(|body| body.fact.as_ref())),
            cells::digest(&line.leaf),
        ]);
    }
    table.note(format!("head 日志头: {head}"));
    table
}

fn fact(fact: Option<&v1::body::Fact>) -> String {
    use v1::body::Fact;
    match fact {
        None => "(not for this reader 不可见)".to_owned(),
        Some(Fact::Published(f)) => published(f),
        Some(Fact::EntryWithdrawn(f)) => format!("withdrawn {}: {}", f.code, f.reason),
        Some(Fact::EntrySubmitted(f)) => format!("submitted {} r{}", f.code, f.revision),
        Some(Fact::EntryReturned(f)) => {
            format!("returned {} r{}: {}", f.code, f.revision, f.reason)
        }
        Some(Fact::EntryTakenBack(f)) => format!("taken back {} r{}", f.code, f.revision),
        Some(Fact::WithdrawalAsked(f)) => format!("withdrawal asked {}: {}", f.code, f.reason),
        Some(Fact::WithdrawalDeclined(f)) => {
            format!("withdrawal declined {}: {}", f.code, f.reason)
        }
        Some(Fact::Mounted(f)) => format!("mounted {} {}", f.code, f.file_name),
        Some(Fact::Unmounted(f)) => format!("unmounted {}: {}", f.code, f.reason),
        Some(Fact::Measured(f)) => measured(f),
        Some(Fact::Requested(f)) => requested(f),
        Some(Fact::RequestMoved(f)) => format!("moved {}: {}", f.request, mv(f.r#move.as_ref())),
        Some(Fact::Stopped(f)) => stopped(f),
        Some(Fact::StopLifted(f)) => stop_lifted(f),
        Some(Fact::Delivered(f)) => {
            of_delivery("delivered", (&f.request, f.bytes), "to", &f.consumer)
        }
        Some(Fact::Received(f)) => {
            of_delivery("received", (&f.request, f.bytes), "from", &f.provider)
        }
        Some(Fact::Admitted(f)) => admitted(f),
        Some(Fact::RequestOpened(f)) => format!("opened {}: {}", f.request, step(f.step.as_ref())),
        Some(Fact::RequestOrdered(f)) => {
            format!("ordered {}: {}", f.request, step(f.step.as_ref()))
        }
        Some(Fact::MoveRefused(f)) => {
            let problem = problem_message(f.problem.as_ref());
            format!("refused a move in {}: {problem}", f.request)
        }
        Some(Fact::StopNoted(f)) => format!("noted the stop of {}: {}", f.request, f.reason),
        Some(Fact::StopLiftNoted(f)) => format!("noted that {} goes on: {}", f.request, f.reason),
        Some(Fact::Reminded(f)) => {
            let deadline = cells::deadline(&f.deadline, f.provisional);
            format!("reminded {} of {deadline}", f.request)
        }
        Some(Fact::AccessGranted(f)) => {
            let roles = super::access::roles(&f.roles);
            format!("granted {} {roles} {}", f.principal, f.department)
        }
        Some(Fact::Certified(f)) => format!("certified {} {}", f.principal, f.serial),
        Some(Fact::AccessEnded(f)) => format!("ended {}: {}", f.principal, f.reason),
        Some(Fact::StandingChanged(f)) => {
            let standing = super::access::standing(f.standing());
            format!("{} is {standing}: {}", f.city, f.reason)
        }
        Some(Fact::EpochOpened(f)) => epoch_opened(f),
        Some(Fact::CertificatesRevoked(f)) => certificates_revoked(f),
        Some(Fact::LogKeyed(f)) => log_keyed(f),
        Some(Fact::RosterSigned(f)) => roster_signed(f),
        Some(Fact::Sealed(f)) => sealed(f),
        Some(Fact::Quarantined(f)) => {
            let problem = problem_message(f.problem.as_ref());
            format!("set aside {} {}: {problem}", f.city, f.seq)
        }
        Some(Fact::QuarantineSummarised(f)) => quarantine_summarised(f),
    }
}

fn published(f: &v1::Published) -> String {
    let entry = f.entry.clone().unwrap_or_default();
    format!("published {} r{} {}", entry.code, f.revision, entry.name)
}

fn measured(f: &v1::Measured) -> String {
    let bytes = f.measurement.as_ref().map_or(0, |m| m.bytes);
    format!("measured {} {bytes} bytes", f.code)
}

fn requested(f: &v1::Requested) -> String {
    let submission = f.submission.clone().unwrap_or_default();
    format!("requested {}:{}", submission.provider, submission.code)
}

fn step(step: Option<&v1::Step>) -> String {
    mv(step.and_then(|step| step.r#move.as_ref()))
}

fn stopped(f: &v1::Stopped) -> String {
    let target = match &f.target {
        Some(v1::stopped::Target::Request(id)) => id.as_str(),
        Some(v1::stopped::Target::Entry(code)) => code.as_str(),
        None => "",
    };
    let cause = f.cause().as_str_name();
    format!("stopped {target} ({cause}): {}", f.reason)
}

fn stop_lifted(f: &v1::StopLifted) -> String {
    let target = match &f.target {
        Some(v1::stop_lifted::Target::Request(id)) => id.as_str(),
        Some(v1::stop_lifted::Target::Entry(code)) => code.as_str(),
        None => "",
    };
    format!("resumed {target}: {}", f.reason)
}

fn of_delivery(what: &str, (request, bytes): (&str, u64), direction: &str, city: &str) -> String {
    format!("{what} {request} {bytes} bytes {direction} {city}")
}

fn admitted(f: &v1::Admitted) -> String {
    let member = f.member.clone().unwrap_or_default();
    format!(
        "admitted {} {} at {}",
        member.city, member.name, member.endpoint
    )
}

fn epoch_opened(f: &v1::EpochOpened) -> String {
    let start = f.start.clone().unwrap_or_default();
    format!(
        "epoch {} opened after epoch {}",
        start.epoch, start.previous
    )
}

fn certificates_revoked(f: &v1::CertificatesRevoked) -> String {
    let serials = f.certificates.iter().map(|c| c.serial.as_str());
    let serials: Vec<&str> = serials.collect();
    format!("revoked of {}: {}", f.principal, serials.join(", "))
}

fn log_keyed(f: &v1::LogKeyed) -> String {
    let key = f.key.clone().unwrap_or_default();
    format!("log signed with {}", cells::digest(&key.public))
}

fn roster_signed(f: &v1::RosterSigned) -> String {
    let size = f.checkpoint.lines().nth(1).unwrap_or_default();
    format!("roster signed over {size} entries")
}

fn sealed(f: &v1::Sealed) -> String {
    let cut_off = f.cut_off.as_ref().map(cells::time).unwrap_or_default();
    let checkpoint = cells::digest(&f.checkpoint);
    let logs = f.cities.len();
    format!("sealed {cut_off}: {logs} logs, checkpoint {checkpoint}")
}

fn quarantine_summarised(f: &v1::QuarantineSummarised) -> String {
    let problem = problem_message(f.problem.as_ref());
    let (count, city) = (f.count, &f.city);
    format!(
        "set aside {count} entries of {city} from {} to {}: {problem}",
        f.from_seq, f.to_seq
    )
}
