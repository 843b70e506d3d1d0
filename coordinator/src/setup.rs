//! Sets up a new cluster: its authority, the coordinator's settings, and its first operator, who can
//! invite all others.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chengji_access::{Registrar, RosterHandle};
use chengji_client::command::default_name;
use chengji_client::profile::Profiles;
use chengji_clock::Clock;
use chengji_domain::access::{Rights, Role};
use chengji_domain::{Endpoint, Error, ErrorCode, Principal, Result};
use chengji_messages::{Value, msg};
use chengji_pki::authority::{self, AuthorityFiles};
use chengji_pki::enrolment::{Asking, check_free};
use chengji_pki::keys;
use chengji_runtime::files::{self, SECRET};
use chengji_runtime::settings::Overrides;
use chengji_store::Ledger;
use chengji_transport::IdentityFiles;

use crate::config::Settings;
use crate::serve::{enrolment, owner};

/// The folder of the authority within that of the coordinator.
const AUTHORITY: &str = "ca";

/// The options of a new cluster.
#[derive(Clone, Debug)]
pub struct SetupOptions {
    /// The folder for settings, authority and data.
    pub folder: PathBuf,
    /// The cluster's name.
    pub cluster: String,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address at which others call it; the address to listen on by default.
    pub address: Option<String>,
    /// The first operator's name.
    pub operator: String,
    /// The file with the passphrase of the authority's key, if it has or gets one.
    pub passphrase: Option<PathBuf>,
}

/// Creates the cluster's authority in a folder, or takes over an intermediate CA.
pub fn make_authority(
    folder: &Path,
    cluster: &str,
    intermediate: Option<&AuthorityFiles>,
    passphrase: Option<&Path>,
) -> Result<AuthorityFiles> {
    let files = AuthorityFiles::of_cluster(folder);
    let passphrase = passphrase.map(keys::passphrase).transpose()?;
    let passphrase = passphrase.as_ref().map(|held| held.as_slice());
    let now = chengji_clock::system_time();
    match intermediate {
        None => authority::create(&files, cluster, passphrase, now)?,
        Some(from) => authority::adopt(&files, cluster, from, passphrase, now)?,
    }
    Ok(files)
}

/// Sets up everything; returns the settings file and the name of the operator's profile.
pub async fn init(
    program: &str,
    options: &SetupOptions,
    clock: Clock,
) -> Result<(PathBuf, String)> {
    let config = options.folder.join("coordinator.toml");
    if config.exists() {
        let path = Value::text(config.display());
        return Err(Error::new(
            ErrorCode::AlreadyExists,
            msg::SettingsExist { path },
        ));
    }
    let address = options
        .address
        .clone()
        .unwrap_or_else(|| options.listen.to_string());
    check_address(&address, options)?;
    files::make_folder(&options.folder, files::PRIVATE)?;
    let authority = options.folder.join(AUTHORITY);
    if !AuthorityFiles::of_cluster(&authority).certificate.exists() {
        make_authority(
            &authority,
            &options.cluster,
            None,
            options.passphrase.as_deref(),
        )?;
    }
    let passphrase = match &options.passphrase {
        None => String::new(),
        Some(file) => format!("passphrase_file = {:?}\n", absolute(file)?),
    };
    let settings = format!(
        "# Every setting is explained in deploy/coordinator.toml.\n\
         cluster = \"{}\"\nlisten = \"{}\"\naddress = \"{address}\"\ndata = \"data\"\n\
         authority = \"{AUTHORITY}\"\n{passphrase}",
        options.cluster, options.listen
    );
    // The settings are renamed last: without an operator the cluster would be unusable, and until then
    // the same command can be repeated.
    let draft = config.with_extension("toml.setup");
    files::write(&draft, settings.as_bytes(), SECRET)?;
    let profile = enrol_operator(program, &draft, options, clock).await?;
    files::rename(&draft, &config)?;
    Ok((config, profile))
}

async fn enrol_operator(
    program: &str,
    config: &Path,
    options: &SetupOptions,
    clock: Clock,
) -> Result<String> {
    let settings = Settings::read(config, &Overrides::default())?;
    let operator = Principal::Operator(options.operator.parse()?);
    let profiles = Profiles::of_user()?;
    let profile = default_name(&operator);
    let folder = profiles.folder(&profile)?;
    let files = IdentityFiles {
        identity: folder.join("identity.pem"),
        ca: folder.join("ca.pem"),
    };
    check_free(&files, &options.cluster, &operator)?;
    let asking = Asking::beside(&files.identity)?;
    let ledger = Ledger::create_directory(&settings.data, &owner(), rand::random())?;
    let enrolment = enrolment(&settings)?;
    let roster = RosterHandle::of(&ledger);
    let registrar = Registrar::new(enrolment, ledger.clone(), clock, roster);
    let rights = Rights::new([Role::Operator], None)?;
    let (by, name) = (Principal::Coordinator, options.operator.clone());
    let issued = registrar.enrol(by, name, rights, asking.request()?).await;
    ledger.close();
    asking.install(&files, &issued?)?;
    profiles.add(program, &profile, &settings.address)?;
    Ok(profile)
}

fn check_address(address: &str, options: &SetupOptions) -> Result<()> {
    if options.address.is_none()
        && (options.listen.ip().is_unspecified() || options.listen.port() == 0)
    {
        let message = msg::AddressNotReachable {
            address,
            option: "--address",
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    address.parse::<Endpoint>().map(drop)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|cause| {
        let path = Value::text(path.display());
        Error::new(ErrorCode::InvalidArgument, msg::PathInvalid { path, cause })
    })
}
