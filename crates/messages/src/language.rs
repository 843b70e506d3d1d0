//! The language of messages to a person.

use std::sync::OnceLock;

/// A language that messages are rendered in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, also the language of logs.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// The environment variable that selects the language of a command line.
pub const VARIABLE: &str = "CHENGJI_LANG";

static OF_PROCESS: OnceLock<Language> = OnceLock::new();

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Returns the language tag (BCP 47), as `--lang` takes it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Parses a language tag or a POSIX locale such as `zh_CN.UTF-8`; `None` if it is neither English nor
    /// Chinese. `C` and `POSIX` are English.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" | "c" | "posix" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// Determines the language from the environment: `CHENGJI_LANG`, else the locale of messages (`LC_ALL`,
    /// `LC_MESSAGES`, `LANG`, the first that is set), else English.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let own = is_set(VARIABLE).and_then(|tag| Self::of_tag(&tag));
        own.or_else(|| {
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(is_set);
            locale.and_then(|locale| Self::of_tag(&locale))
        })
        .unwrap_or_default()
    }

    /// Sets the language of this process, once: later calls have no effect.
    pub fn set_of_process(self) {
        let _ = OF_PROCESS.set(self);
    }

    /// Returns the language of this process; English until it is set.
    pub fn of_process() -> Self {
        OF_PROCESS.get().copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Language {
        Language::of_environment(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_nearest_setting_decides() {
        use Language::{Chinese, English};
        for (variables, language) in [
            (&[][..], English),
            (&[("LANG", "zh_CN.UTF-8")], Chinese),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], English),
            (
                &[("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "en_GB.UTF-8")],
                English,
            ),
            (&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")], Chinese),
            (&[("LC_ALL", "C.UTF-8"), ("CHENGJI_LANG", "zh")], Chinese),
            (
                &[("LC_ALL", "zh_CN.UTF-8"), ("CHENGJI_LANG", "en")],
                English,
            ),
            (&[("LANG", "de_DE.UTF-8")], English),
        ] {
            assert_eq!(of(variables), language, "{variables:?}");
        }
    }

    #[test]
    fn a_tag_is_read_as_it_is_written() {
        for language in Language::ALL {
            assert_eq!(Language::of_tag(language.tag()), Some(language));
        }
        assert_eq!(Language::of_tag("fr"), None);
    }
}
