//! The settings of databases over ODBC.

use chengji_messages::msg;

use super::{STATEMENT_SECONDS, Section, SourceSettings};
use crate::odbc::OdbcSettings;
use crate::odbc::connection::has_password;

impl SourceSettings {
    pub(super) fn odbc(self, section: &mut Section<'_>) -> Option<OdbcSettings> {
        let connection = section.required_text("connection", self.connection);
        let connection = connection.filter(|text| {
            let has_password = has_password(text);
            if has_password {
                section.report("connection", msg::OdbcConnectionWithPassword);
            }
            !has_password
        });
        if self.schema.as_deref() == Some("") {
            section.report("schema", msg::SettingEmpty);
            return None;
        }
        let password = section.password(self.password_file, self.password_env)?;
        Some(OdbcSettings {
            connection: connection?,
            schema: self.schema,
            user: self.user,
            password,
            statement_seconds: self.statement_seconds.unwrap_or(STATEMENT_SECONDS),
        })
    }
}
