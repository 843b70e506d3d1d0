//! `status` and `quarantine`: how the coordinator is, and what it had to set aside.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_terminal::cells;
use chengji_terminal::fields::Fields;
use chengji_terminal::output::{Column, Table, print};

use super::{Session, answer};

pub(super) async fn status(session: &Session) -> Result<()> {
    let mut client = StatusServiceClient::new(session.connect()?);
    let status = answer(client.status(v1::StatusRequest {})).await?;
    print(session.format, &status, |status| {
        let mut fields = Fields::new();
        fields.field("version", "version 版本", &status.version);
        fields.field("principal", "principal 主体", &status.principal);
        let expires = status.certificate_expires.as_ref().map(cells::time).unwrap_or_default();
        fields.field("certificate_expires", "certificate ends 证书到期", expires);
        fields.field("log", "log 日志", format!("{}/{}", status.epoch, status.head));
        let logs: Vec<String> = status.following.iter().map(followed).collect();
        fields.field("following", "following 跟随", logs.join("; "));
        fields.into()
    })
}

pub(super) async fn quarantine(session: &Session) -> Result<()> {
    let mut client = StatusServiceClient::new(session.connect()?);
    let entries = answer(client.list_quarantine(v1::ListQuarantineRequest {})).await?;
    print(session.format, &entries, |entries| {
        let mut table = Table::new(&[
            Column::left("log", "log 日志"),
            Column::right("epoch", "epoch 纪元"),
            Column::right("seq", "seq 位置"),
            Column::left("at", "set aside 隔离时间"),
            Column::left("reason", "reason 原因"),
        ]);
        for entry in &entries.entries {
            table.row([
                entry.log.clone(),
                entry.epoch.to_string(),
                entry.seq.to_string(),
                entry.at.as_ref().map(cells::time).unwrap_or_default(),
                entry.reason.clone(),
            ]);
        }
        table
    })
}

fn followed(log: &v1::FollowedLog) -> String {
    let mut text = format!("{} {}/{} of {}", log.log, log.epoch, log.position, log.head);
    if let Some(since) = &log.stale_since {
        text.push_str(&format!(", stale since 失联自 {}", cells::time(since)));
    }
    if log.quarantined > 0 {
        text.push_str(&format!(", {} set aside 隔离", log.quarantined));
    }
    text
}
