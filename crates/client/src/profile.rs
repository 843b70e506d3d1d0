//! Profiles: the address of a program, and the identity with which commands call it.
//!
//! Profiles are stored in a folder of the user, one folder each with the profile, the key and the
//! certificates; one of them is current for each program. Joining creates a profile; it can also be
//! written by hand in any other place.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use chengji_domain::{Endpoint, Error, ErrorCode, Quoted, Result, TextRule, Violation};
use chengji_messages::{Message, Value, msg};
use chengji_runtime::settings;
use serde::Deserialize;

use crate::arguments::refused;

/// The name of a profile's file in its folder.
const FILE: &str = "profile.toml";

/// Whom to call and as whom.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The program's address, `host:port`.
    pub server: String,
    /// The caller's key and certificates, a PEM file.
    pub identity: PathBuf,
    /// The certificates of the cluster's authority, a PEM file.
    pub ca: PathBuf,
}

/// The flags that say which profile, and which server.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct ProfileArgs {
    /// Name or TOML file of a profile; the current one unless given
    #[arg(long, value_name = "NAME", env = "CHENGJI_PROFILE", global = true)]
    pub profile: Option<String>,
    /// Server to call instead of the profile's
    #[arg(long, value_name = "HOST:PORT", global = true)]
    pub server: Option<String>,
}

impl ProfileArgs {
    /// Reads the profile that is to be used for this program.
    pub fn load(&self, program: &str) -> Result<Profile> {
        let Some(named) = &self.profile else {
            return Profiles::of_user()?.current(program);
        };
        if named.contains('/') || Path::new(named).extension().is_some_and(|e| e == "toml") {
            return Profile::read(Path::new(named));
        }
        Profiles::of_user()?.read(named)
    }

    /// The server to call.
    pub fn server<'a>(&'a self, profile: &'a Profile) -> Result<&'a str> {
        let server = self.server.as_deref().unwrap_or(&profile.server);
        server.parse::<Endpoint>()?;
        Ok(server)
    }
}

/// The profiles of a user.
#[derive(Clone, Debug)]
pub struct Profiles(PathBuf);

impl Profiles {
    /// Those in `CHENGJI_HOME`, or else where programs keep their settings for a user.
    pub fn of_user() -> Result<Self> {
        let set = |name: &str| {
            std::env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        let folder = set("CHENGJI_HOME")
            .or_else(|| set("XDG_CONFIG_HOME").map(|config| config.join("chengji")))
            .or_else(|| set("HOME").map(|home| home.join(".config/chengji")));
        folder
            .map(Self)
            .ok_or_else(|| Error::new(ErrorCode::Misconfigured, msg::ProfilesWithoutFolder))
    }

    /// Those in this folder.
    pub fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder of a profile of this name, whether there is one or not.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let allowed = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
        let fits = TextRule::line(1, MAX_NAME).fault(name).is_none();
        if !fits || name.starts_with('.') || !name.chars().all(allowed) {
            let name = Value::text(Quoted(name));
            return Err(refused(msg::ProfileNameInvalid { name }));
        }
        Ok(self.0.join("profiles").join(name))
    }

    /// Writes a profile beside its key and certificates, and makes it the current one.
    pub fn add(&self, program: &str, name: &str, server: &str) -> Result<()> {
        let text = format!("server = \"{server}\"\nidentity = \"identity.pem\"\nca = \"ca.pem\"\n");
        let file = self.folder(name)?.join(FILE);
        fs::write(&file, text).map_err(|e| unwritable(&file, &e))?;
        self.make_current(program, name)
    }

    /// Makes a profile the current one of a program.
    pub fn make_current(&self, program: &str, name: &str) -> Result<()> {
        let name = self.named(name)?;
        self.read(&name)?;
        let file = self.0.join(format!("current-{program}"));
        fs::write(&file, format!("{name}\n")).map_err(|e| unwritable(&file, &e))
    }

    /// The names of all, in order.
    pub fn names(&self) -> Result<Vec<String>> {
        let folder = self.0.join("profiles");
        let Some(found) = unless_missing(fs::read_dir(&folder), &folder)? else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for found in found {
            let found = found.map_err(|e| unreadable(&folder, &e))?;
            if let Ok(name) = found.file_name().into_string()
                && is_file(&found.path().join(FILE))?
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// The name of the current one of a program.
    pub fn current_name(&self, program: &str) -> Result<Option<String>> {
        let file = self.0.join(format!("current-{program}"));
        let name = unless_missing(fs::read_to_string(&file), &file)?;
        Ok(name.map(|name| name.trim().to_owned()))
    }

    /// The current one of a program.
    pub fn current(&self, program: &str) -> Result<Profile> {
        let name = self
            .current_name(program)?
            .ok_or_else(|| refused(msg::ProfileNotChosen))?;
        self.read(&name)
    }

    /// The one of this name.
    pub fn read(&self, name: &str) -> Result<Profile> {
        Profile::read(&self.folder(&self.named(name)?)?.join(FILE))
    }

    /// The whole name of the one that is meant: a person's is enough where only one city has it, as
    /// `wang.wei` for `wang.wei@430100`.
    fn named(&self, name: &str) -> Result<String> {
        if is_file(&self.folder(name)?.join(FILE))? {
            return Ok(name.to_owned());
        }
        let known = self.names()?;
        let of_a_city = |whole: &&String| whole.split_once('@').is_some_and(|(own, _)| own == name);
        let meant: Vec<&String> = known.iter().filter(of_a_city).collect();
        if let [one] = meant[..] {
            return Ok(one.clone());
        }
        let message: Message = match (meant.len(), known.is_empty()) {
            (0, true) => msg::ProfilesNone {
                folder: &*self.0,
                name,
            }
            .into(),
            (0, false) => msg::ProfileNotFound {
                folder: &*self.0,
                known,
                name,
            }
            .into(),
            _ => msg::ProfileOfSeveralCities { known, name }.into(),
        };
        Err(Error::new(ErrorCode::NotFound, message))
    }

    /// Removes a profile with its key.
    pub fn remove(&self, name: &str) -> Result<()> {
        let folder = self.folder(&self.named(name)?)?;
        fs::remove_dir_all(&folder).map_err(|e| unwritable(&folder, &e))
    }
}

/// Returns true if there is a file of this path.
fn is_file(path: &Path) -> Result<bool> {
    let found = unless_missing(fs::metadata(path), path)?;
    Ok(found.is_some_and(|found| found.is_file()))
}

/// Returns the content of a file; `None` if there is no such file. One that may not be read is not missing.
fn unless_missing<T>(read: io::Result<T>, path: &Path) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(unreadable(path, &e)),
    }
}

fn unreadable(path: &Path, cause: &io::Error) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        msg::ProfileUnreadable { cause, path },
    )
}

fn unwritable(path: &Path, cause: &io::Error) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        msg::ProfileUnwritable { cause, path },
    )
}

impl Profile {
    /// Reads a profile; relative paths in it count from the folder it stands in.
    pub fn read(file: &Path) -> Result<Self> {
        let profile: Self =
            settings::load_file(file, |path| msg::ProfileFileMissing { path }.into())?;
        if let Err(error) = profile.server.parse::<Endpoint>() {
            let field = format!("{}:server", file.display());
            let problem = error.message().to_owned();
            return Err(
                Error::new(ErrorCode::Misconfigured, msg::ProfileWrong { file })
                    .with_violations(vec![Violation::new(field, problem)]),
            );
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        Ok(Self {
            identity: folder.join(profile.identity),
            ca: folder.join(profile.ca),
            server: profile.server,
        })
    }
}

/// The longest name of a profile, characters.
const MAX_NAME: usize = 100;
#[cfg(test)]
mod tests {
    use chengji_messages::Language;
    use clap::Parser;

    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("officer.toml");
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    #[test]
    fn paths_count_from_the_profiles_folder() {
        let (folder, file) =
            written("server = '127.0.0.1:7400'\nidentity = 'keys/me.pem'\nca = '/etc/ca.pem'\n");
        let arguments = ProfileArgs {
            profile: Some(file.display().to_string()),
            server: None,
        };
        let profile = arguments.load("chengji-node").unwrap();
        assert_eq!(profile.identity, folder.path().join("keys/me.pem"));
        assert_eq!(profile.ca, Path::new("/etc/ca.pem"));
    }

    #[test]
    fn what_is_missing_or_unknown_is_told_at_once() {
        let (_folder, file) = written("server = 'x:1'\ncert = 'me.pem'\n");
        let error = Profile::read(&file).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        let fields: Vec<String> = error
            .violations()
            .iter()
            .map(|v| v.field.to_string().rsplit(':').next().unwrap().to_owned())
            .collect();
        assert_eq!(fields, ["cert", "identity", "ca"]);
    }

    #[test]
    fn a_server_is_an_endpoint() {
        let (_folder, file) = written("server='h'\nidentity='c'\nca='a'\n");
        let error = Profile::read(&file).unwrap_err();
        assert!(
            error.violations()[0]
                .field
                .to_string()
                .ends_with("officer.toml:server"),
            "{error:?}"
        );
    }

    #[test]
    fn a_missing_profile_says_what_to_do() {
        let missing = Profile::read(Path::new("/nowhere/officer.toml")).unwrap_err();
        assert_eq!(missing.code(), ErrorCode::Misconfigured);
        assert!(missing.remedy_in(Language::English).contains("server ="));
    }

    #[test]
    fn one_profile_is_current_for_each_program() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::at(folder.path().to_owned());
        let none = profiles.current("chengji-node").unwrap_err();
        assert_eq!(none, refused(msg::ProfileNotChosen));
        for name in ["li.ming", "王伟"] {
            fs::create_dir_all(profiles.folder(name).unwrap()).unwrap();
            profiles
                .add("chengji-node", name, "node.example:7430")
                .unwrap();
        }
        assert_eq!(profiles.names().unwrap(), ["li.ming", "王伟"]);
        assert_eq!(
            profiles.current_name("chengji-node").unwrap().as_deref(),
            Some("王伟")
        );
        assert_eq!(profiles.current_name("chengji-coordinator").unwrap(), None);
        profiles.make_current("chengji-node", "li.ming").unwrap();
        let current = profiles.current("chengji-node").unwrap();
        assert_eq!(
            current.identity,
            profiles.folder("li.ming").unwrap().join("identity.pem")
        );
        profiles.remove("li.ming").unwrap();
        assert_eq!(
            profiles.current("chengji-node").unwrap_err().code(),
            ErrorCode::NotFound
        );
        for wrong in ["", "..", "a/b", ".x", "a b"] {
            assert!(profiles.folder(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_home_that_cannot_be_read_is_not_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::at(folder.path().to_owned());
        // A file that is not text cannot be read by any user, root included.
        fs::create_dir(folder.path().join("current-chengji-node")).unwrap();
        let error = profiles.current("chengji-node").unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        assert_eq!(error.message().code(), "profile-unreadable");

        let path = Path::new("/home/li.ming/.config/chengji/profiles");
        let denied = || io::Error::from(ErrorKind::PermissionDenied);
        let error = unless_missing::<()>(Err(denied()), path).unwrap_err();
        let expected = msg::ProfileUnreadable {
            cause: &denied(),
            path,
        };
        assert_eq!(*error.message(), Message::from(expected));
        let missing = Err(io::Error::from(ErrorKind::NotFound));
        assert_eq!(unless_missing::<()>(missing, path), Ok(None));
    }

    #[test]
    fn a_persons_name_is_enough_where_one_city_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::at(folder.path().to_owned());
        let none = profiles.read("wang.wei").unwrap_err();
        assert_eq!(none.message().code(), "profiles-none");
        for name in ["wang.wei@430100", "li.na@430100", "li.na@430200"] {
            fs::create_dir_all(profiles.folder(name).unwrap()).unwrap();
            profiles.add("chengji-node", name, "a.example:1").unwrap();
        }
        profiles.make_current("chengji-node", "wang.wei").unwrap();
        let current = profiles.current_name("chengji-node").unwrap();
        assert_eq!(current.as_deref(), Some("wang.wei@430100"));
        let several = profiles.read("li.na").unwrap_err();
        assert_eq!(several.code(), ErrorCode::NotFound);
        let known = vec!["li.na@430100", "li.na@430200", "wang.wei@430100"];
        let name = "li.na";
        let expected = msg::ProfileOfSeveralCities { known, name };
        assert_eq!(*several.message(), Message::from(expected));
        assert!(profiles.read("wang").is_err());
    }

    #[test]
    fn the_flag_may_stand_after_the_command() {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            profile: ProfileArgs,
            #[command(subcommand)]
            command: Command,
        }
        #[derive(clap::Subcommand)]
        enum Command {
            List,
        }
        let line = Line::parse_from(["node", "list", "--profile", "a.toml"]);
        assert!(matches!(line.command, Command::List));
        assert_eq!(line.profile.profile.as_deref(), Some("a.toml"));
    }
}
