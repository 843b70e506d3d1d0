//! Joins a cluster: generates keys, has them certified by the coordinator, writes the settings, and
//! enrols the city's first administrator, who can invite all others. The same command resumes an
//! interrupted join.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chengji_access::Registrar;
use chengji_client::command::default_name;
use chengji_client::profile::Profiles;
use chengji_clock::system_clock;
use chengji_domain::access::{Rights, Role};
use chengji_domain::epoch::EpochCause;
use chengji_domain::fact::{LogOwner, Origin};
use chengji_domain::invitation::Invitation;
use chengji_domain::{CityCode, Endpoint, Epoch, Error, ErrorCode, LogKey, Principal, Result};
use chengji_follow::{Opening, open_epoch};
use chengji_messages::{Value, msg};
use chengji_pki::enrolment::{self, Asking, NodeSetup};
use chengji_pki::{AuthorityFiles, LogSigner};
use chengji_runtime::files::{self, PUBLIC, SECRET};
use chengji_runtime::settings::Overrides;
use chengji_transport::IdentityFiles;

use crate::config::Settings;
use crate::enrolment::NodeEnrolment;
use crate::parts::{Parts, create_ledger};

/// The options of a new node.
#[derive(Clone, Debug)]
pub struct SetupOptions {
    /// The invitation.
    pub invitation: Invitation,
    /// The folder for settings, keys and data.
    pub folder: PathBuf,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address at which others call it; the address to listen on by default.
    pub endpoint: Option<String>,
    /// Folders that may contain mounted files; `shared` in the folder by default.
    pub mount_roots: Vec<PathBuf>,
    /// The first administrator's name.
    pub administrator: String,
}

/// Joins; returns the settings file and the name of the administrator's profile.
pub async fn join(program: &str, options: &SetupOptions) -> Result<(PathBuf, String)> {
    let Principal::Node(city) = options.invitation.subject else {
        let subject = &options.invitation.subject;
        let message = msg::InvitationNotForNode { subject };
        return Err(Error::new(ErrorCode::InvitationInvalid, message));
    };
    let config = options.folder.join("node.toml");
    if config.exists() {
        let path = Value::text(config.display());
        return Err(Error::new(
            ErrorCode::AlreadyExists,
            msg::SettingsExist { path },
        ));
    }
    let endpoint = endpoint(options)?;
    let administrator = Principal::Person {
        city,
        name: options.administrator.parse()?,
    };
    files::make_folder(&options.folder, files::PRIVATE)?;
    certify(options, &endpoint).await?;
    // The settings are renamed last: without an administrator the node would be unusable, and until then
    // the same command resumes with the existing keys and certificates.
    let draft = config.with_extension("toml.setup");
    write_settings(options, city, &endpoint, &draft)?;
    let profile = enrol_administrator(program, &draft, &administrator, options).await?;
    files::rename(&draft, &config)?;
    Ok((config, profile))
}

/// Redeems the invitation, unless already done.
async fn certify(options: &SetupOptions, endpoint: &str) -> Result<()> {
    let files = IdentityFiles {
        identity: options.folder.join("identity.pem"),
        ca: options.folder.join("ca.pem"),
    };
    let people = AuthorityFiles::of_city(&options.folder.join("people"));
    enrolment::check_free(
        &files,
        &options.invitation.cluster,
        &options.invitation.subject,
    )?;
    // The invitation that the identity was obtained with: a different one requests a new identity.
    let redeemed = options.folder.join("people/invitation");
    let digest = options.invitation.digest().to_string();
    let known = std::fs::read_to_string(&redeemed).unwrap_or_default();
    if files.identity.exists() && known == digest {
        return Ok(());
    }
    let authority = enrolment::authority_key(&people.key)?;
    let asking = Asking::beside(&files.identity)?;
    let node = NodeSetup {
        authority: &authority,
        endpoint,
        log_key: LogKey {
            public: LogSigner::beside(&files.identity)?.public(),
            valid_from: Origin::UNKNOWN,
        },
    };
    let issued = enrolment::join(&options.invitation, &asking, Some(node)).await?;
    let certificate = enrolment::certificate_pem(&issued.city_authority)?;
    files::write(&people.certificate, certificate.as_bytes(), PUBLIC)?;
    begin_log(
        &options.folder.join("data"),
        &options.invitation.subject,
        issued.followed_epoch,
    )
    .await?;
    asking.install(&files, &issued)?;
    files::write(&redeemed, digest.as_bytes(), SECRET)
}

/// Begins the log of a city that was followed before and starts again without its data in a later epoch,
/// so that the new log is never taken for the old one.
async fn begin_log(data: &Path, node: &Principal, followed: Epoch) -> Result<()> {
    let Some(city) = node.city().filter(|_| !followed.is_unknown()) else {
        return Ok(());
    };
    let ledger = create_ledger(data, city)?;
    let head = ledger.head();
    if head.seq == 0 && head.epoch.number <= followed.number {
        let opening = Opening {
            id: rand::random(),
            highest: followed.number,
            replaced: Some(followed),
            cause: EpochCause::BegunAnew,
            at: system_clock()(),
        };
        open_epoch(&ledger, LogOwner::City(city), opening).await?;
    }
    ledger.close();
    Ok(())
}

fn write_settings(
    options: &SetupOptions,
    city: CityCode,
    endpoint: &str,
    config: &Path,
) -> Result<()> {
    let mut roots = options.mount_roots.clone();
    if roots.is_empty() {
        files::make_folder(&options.folder.join("shared"), files::PRIVATE)?;
        roots.push("shared".into());
    } else {
        for root in &mut roots {
            *root = std::path::absolute(&*root).map_err(|cause| {
                let path = Value::text(root.display());
                Error::new(ErrorCode::InvalidArgument, msg::PathInvalid { path, cause })
            })?;
        }
    }
    let settings = format!(
        "# Every setting is explained in deploy/node.toml.\n\
         city = \"{city}\"\nlisten = \"{}\"\nendpoint = \"{endpoint}\"\ndata = \"data\"\n\
         identity = \"identity.pem\"\nca = \"ca.pem\"\npeople = \"people\"\n\
         coordinator = \"{}\"\nmount_roots = {roots:?}\n",
        options.listen, options.invitation.address
    );
    files::write(config, settings.as_bytes(), SECRET)
}

async fn enrol_administrator(
    program: &str,
    config: &Path,
    administrator: &Principal,
    options: &SetupOptions,
) -> Result<String> {
    let settings = Settings::load(config, &Overrides::default())?;
    let profiles = Profiles::of_user()?;
    let profile = default_name(administrator);
    let folder = profiles.folder(&profile)?;
    let files = IdentityFiles {
        identity: folder.join("identity.pem"),
        ca: folder.join("ca.pem"),
    };
    enrolment::check_free(&files, &options.invitation.cluster, administrator)?;
    let asking = Asking::beside(&files.identity)?;
    let endpoint = settings.endpoint.clone();
    let Parts {
        settings,
        identity,
        own,
        cluster,
        ..
    } = Parts::set_up(settings, system_clock()).await?;
    let enrolment = Arc::new(NodeEnrolment::open(own.clone(), identity, &settings)?);
    let (ledger, clock) = (own.ledger.clone(), own.clock.clone());
    let registrar = Registrar::new(enrolment, ledger, clock, cluster.roster);
    let rights = Rights::new([Role::Administrator], None)?;
    let (by, name) = (own.node(), options.administrator.clone());
    let issued = registrar.enrol(by, name, rights, asking.request()?).await;
    own.ledger.close();
    asking.install(&files, &issued?)?;
    profiles.add(program, &profile, &endpoint)?;
    Ok(profile)
}

fn endpoint(options: &SetupOptions) -> Result<String> {
    let endpoint = options
        .endpoint
        .clone()
        .unwrap_or_else(|| options.listen.to_string());
    if options.endpoint.is_none()
        && (options.listen.ip().is_unspecified() || options.listen.port() == 0)
    {
        let message = msg::AddressNotReachable {
            address: endpoint,
            option: "--endpoint",
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    endpoint.parse::<Endpoint>().map(String::from)
}
