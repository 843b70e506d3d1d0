//! Judges the rights of an account by what `SHOW GRANTS` lists. The lines may have a hash of the password, and are
//! never shown.

use std::collections::BTreeSet;

/// The rights that reading takes; the last two show what there is to read.
const READING: [&str; 3] = ["SELECT", "SHOW VIEW", "USAGE"];

/// The rights of an account.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rights {
    /// The rights that reading does not take, as the server names them.
    pub(super) beyond_reading: BTreeSet<String>,
    /// True if the account may read the tables of all databases, those of the server among them.
    pub(super) reads_all: bool,
    /// True if the account has a role, whose rights are not listed.
    pub(super) has_role: bool,
}

impl Rights {
    /// Reads the rights of these lines.
    pub(super) fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rights = Self::default();
        let grants = lines
            .into_iter()
            .filter_map(|line| line.strip_prefix("GRANT "));
        for grant in grants {
            match split(grant) {
                Some((granted, rest)) => rights.add(&granted, rest),
                None => rights.has_role = true,
            }
        }
        rights
    }

    fn add(&mut self, granted: &[&str], rest: &str) {
        for right in granted.iter().copied() {
            let (name, _) = right.split_once('(').unwrap_or((right, ""));
            let name = name.trim();
            if !READING.contains(&name) {
                self.beyond_reading.insert(name.to_owned());
            }
            self.reads_all |= name == "SELECT" && rest.starts_with("*.*");
        }
        if rest.ends_with("GRANT OPTION") {
            self.beyond_reading.insert("GRANT OPTION".to_owned());
        }
    }
}

/// Splits the rights of a grant, which commas separate outside of lists of columns, and returns what follows ` ON `.
/// `None` if nothing does, as for a role.
fn split(grant: &str) -> Option<(Vec<&str>, &str)> {
    let (mut is_quoted, mut depth, mut begin) = (false, 0_u32, 0);
    let mut granted = Vec::new();
    for (at, letter) in grant.char_indices() {
        match letter {
            '`' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                granted.push(grant[begin..at].trim());
                begin = at + 1;
            }
            ' ' if depth == 0 && grant[at..].starts_with(" ON ") => {
                granted.push(grant[begin..at].trim());
                return Some((granted, &grant[at + 4..]));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beyond(lines: &[&str]) -> Vec<String> {
        let rights = Rights::of(lines.iter().copied());
        rights.beyond_reading.into_iter().collect()
    }

    #[test]
    fn an_account_that_only_reads_has_no_other_rights() {
        let lines = [
            "GRANT USAGE ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD '*14E6'",
            "GRANT SELECT, SHOW VIEW ON `housing`.* TO `reader`@`%`",
            "GRANT SELECT (`a, ON b`, c) ON `land`.`permits` TO `reader`@`%`",
        ];
        assert_eq!(Rights::of(lines), Rights::default());
    }

    #[test]
    fn rights_beyond_reading_are_found_in_all_lines() {
        let lines = [
            "GRANT INSERT, SELECT (a, b), UPDATE (`x)`) ON `h`.`t` TO `w`@`%` WITH GRANT OPTION",
            "GRANT CREATE TEMPORARY TABLES ON `h`.* TO `w`@`%`",
        ];
        let expected = [
            "CREATE TEMPORARY TABLES",
            "GRANT OPTION",
            "INSERT",
            "UPDATE",
        ];
        assert_eq!(beyond(&lines), expected);
        let all = "GRANT ALL PRIVILEGES ON *.* TO 'root'@'localhost' WITH GRANT OPTION";
        assert_eq!(beyond(&[all]), ["ALL PRIVILEGES", "GRANT OPTION"]);
    }

    #[test]
    fn reading_everything_and_roles_are_noticed() {
        assert!(Rights::of(["GRANT SELECT ON *.* TO `r`@`%`"]).reads_all);
        assert!(!Rights::of(["GRANT USAGE ON *.* TO `r`@`%`"]).reads_all);
        assert!(Rights::of(["GRANT `clerk ON duty`@`%` TO `r`@`%`"]).has_role);
        let other = ["SET DEFAULT ROLE `clerk` FOR `r`@`%`", ""];
        assert_eq!(Rights::of(other), Rights::default());
    }
}
