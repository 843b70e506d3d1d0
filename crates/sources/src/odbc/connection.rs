//! Connection strings: `Keyword=value` pairs, separated by semicolons; a value may be in braces, in which `}` is doubled.

use super::OdbcSettings;

/// The keywords of passwords.
const PASSWORDS: [&str; 2] = ["PWD", "PASSWORD"];

/// Returns the connection string with the account and its password.
pub(super) fn connection(settings: &OdbcSettings, password: Option<&str>) -> String {
    let given = settings.connection.trim_end();
    let mut text = given.trim_end_matches(';').to_owned();
    let account = [("UID", settings.user.as_deref()), ("PWD", password)];
    for (keyword, value) in account {
        if let Some(value) = value {
            text.push_str(&format!(";{keyword}={}", braced(value)));
        }
    }
    text.push(';');
    text
}

/// Returns true if a connection string has a password, which does not belong in the settings.
pub(crate) fn has_password(connection: &str) -> bool {
    keywords(connection).any(|keyword| {
        let mut passwords = PASSWORDS.iter();
        passwords.any(|password| keyword.eq_ignore_ascii_case(password))
    })
}

/// The keywords of a connection string. A brace within a value is one of its characters; at its beginning, it is not.
fn keywords(connection: &str) -> impl Iterator<Item = &str> {
    let (mut is_braced, mut last) = (false, ';');
    let pairs = connection.split(move |character| {
        match character {
            '{' if last == '=' => is_braced = true,
            '}' => is_braced = false,
            _ => {}
        }
        if character != ' ' {
            last = character;
        }
        character == ';' && !is_braced
    });
    pairs.filter_map(|pair| Some(pair.split_once('=')?.0.trim()))
}

/// Writes a value, in braces if it has characters that may mean something to a driver.
pub(super) fn braced(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match value.chars().all(is_plain) {
        true => value.to_owned(),
        false => format!("{{{}}}", value.replace('}', "}}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::password::PasswordFrom;

    #[test]
    fn the_account_is_added_to_what_the_settings_say() {
        let of = |given: &str, user: Option<&str>, password: Option<&str>| {
            let settings = OdbcSettings {
                connection: given.to_owned(),
                schema: None,
                user: user.map(str::to_owned),
                password: PasswordFrom::None,
                statement_seconds: 60,
            };
            connection(&settings, password)
        };
        assert_eq!(of("DSN=housing; ", None, None), "DSN=housing;");
        assert_eq!(
            of(
                "Driver={DM8 ODBC DRIVER};Server=db;",
                Some("reader"),
                Some("a-b_1")
            ),
            "Driver={DM8 ODBC DRIVER};Server=db;UID=reader;PWD=a-b_1;"
        );
        assert_eq!(
            of("DSN=housing", Some("阅读员"), Some("a;b}+c%41")),
            "DSN=housing;UID=阅读员;PWD={a;b}}+c%41};"
        );
    }

    #[test]
    fn passwords_are_found_among_the_keywords() {
        for text in [
            "DSN=a;PWD=b",
            "pwd=b",
            "Driver={a;b}; Password = b",
            "UID=a;password=",
            "Server=a{b;PWD=c",
        ] {
            assert!(has_password(text), "{text}");
        }
        for text in [
            "",
            "DSN=a",
            "Driver={x;PWD=y};UID=a",
            "Driver = {x;PWD=y};UID=a",
            "Server=pwd",
            "PWDX=1",
        ] {
            assert!(!has_password(text), "{text}");
        }
    }
}
