//! `catalogue …`: the commands of the city's staff on its own catalogue.

mod ask;
mod batches;
mod default_scope;
mod deliveries;
mod diff;
mod export;
mod follow_up;
mod import;
mod items;
mod lifecycle;
mod map;
mod mount;
mod mounting;
mod moving;
mod outcome;
mod papers;
mod published;
mod retention;
mod selection;
mod show;
mod standards;
mod status;
mod terms;
mod unmount;
mod which;

use std::process::ExitCode;

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::statistics::{StatisticsArgs, statistics};
use chengji_client::views;
use chengji_domain::Result;
use chengji_domain::catalogue::lifecycle::Move;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::Subcommand;

pub(super) use self::retention::RetentionArgs;
use super::{Context, answer};

/// Commands on the city's own catalogue.
#[derive(Subcommand, Debug)]
pub(super) enum CatalogueCommand {
    /// Submit the entries of an Excel, CSV or JSON-LD file for review
    ///
    /// The file is checked first, and every problem is listed with its line. If there is one, nothing
    /// is written, unless --skip-invalid leaves the wrong rows out. An import takes effect as a whole or
    /// not at all. Importing a file again is safe: unchanged entries make no revision. Warnings are what a
    /// reviewer would ask about; --strict makes problems of them. A reviewer publishes what was submitted
    /// with 'catalogue approve'.
    #[command(
        after_help = "Example:\n  chengji-node catalogue import catalogue.csv --dry-run\n  \
        chengji-node catalogue import catalogue.xlsx --sheet 2026 --skip-invalid\n  \
        chengji-node catalogue import catalogue.xlsx --report problems.xlsx"
    )]
    Import(import::ImportArgs),
    /// Propose a map for a file of another layout, to be filled in
    ///
    /// The map is written to standard output. It holds what the header says; for the rest it has lines to
    /// fill in, with the possible values. No node is called.
    #[command(
        after_help = "Example:\n  chengji-node catalogue map plan.xlsx > layout.toml\n  \
        chengji-node catalogue import plan.xlsx --map layout.toml --dry-run"
    )]
    Map(map::MapArgs),
    /// Draft the items of an entry from the columns of a table, or compare them
    ///
    /// Without a code, a CSV sheet with a row for each column is written to standard output: fill in the entry's own
    /// columns in its first row, and import it. With a code, the items of that entry are compared with the columns:
    /// items that are missing or surplus, types and stated lengths that differ.
    #[command(
        after_help = "Examples:\n  chengji-node catalogue items --from-table housing:public.permits > items.csv\n  \
        chengji-node catalogue items --from-table housing:public.permits 206007/000001"
    )]
    Items(items::ItemsArgs),
    /// Write the published entries to an Excel, CSV or JSON-LD file
    ///
    /// Importing an exported file changes nothing.
    ///
    /// With --state, the newest revisions in review are written, as a sheet to read or to correct.
    ///
    /// .jsonld is DCAT-AP 3, as data portals and CKAN read it; it has only the entries that are open to the
    /// public, unless --all is given.
    /// .jsonld
    #[command(
        after_help = "Examples:\n  chengji-node catalogue export catalogue.xlsx\n  \
        chengji-node catalogue export catalogue.csv --encoding gb18030\n  \
        chengji-node catalogue export department.xlsx --department 1143010000699101XC\n  \
        chengji-node catalogue export submitted.xlsx --state submitted\n  \
        chengji-node catalogue export open.jsonld --name Changsha"
    )]
    Export(standards::ExportOptions),
    /// Write an empty workbook to fill in, with notes, lists and an example
    #[command(after_help = "Example:\n  chengji-node catalogue template template.xlsx")]
    Template(export::TemplateArgs),
    /// List the city's entries in order of code
    #[command(
        after_help = "Examples:\n  chengji-node catalogue list --format csv > list.csv\n  \
        chengji-node catalogue list --department 11430100006123468T --class 2"
    )]
    List(published::ListArgs),
    /// Show one entry with its mount and measured volume, or its history
    ///
    /// An entry that was never published is shown in its newest revision.
    #[command(
        after_help = "Examples:\n  chengji-node catalogue show 103001/000001\n  \
        chengji-node catalogue show 103001/000001 --history"
    )]
    Show(show::ShowArgs),
    /// Show the differences between two revisions
    ///
    /// The first revision is compared with nothing.
    #[command(
        after_help = "Examples:\n  chengji-node catalogue diff 103001/000001\n  \
        chengji-node catalogue diff 103001/000001 --from 1 --to 3"
    )]
    Diff(diff::DiffArgs),
    /// List entries in review: drafts, submitted, returned, withdrawal asked
    #[command(
        after_help = "Examples:\n  chengji-node catalogue pending --overdue\n  \
        chengji-node catalogue pending --state submitted --class 2 --under 3/07"
    )]
    Pending(lifecycle::PendingArgs),
    /// Submit drafts for review; by code also returned or taken-back revisions, unchanged
    ///
    /// A submission needs both assessments, the consent of the department's head, and what the share class lists:
    /// scope and uses, or reason and article.
    #[command(
        after_help = "Examples:\n  chengji-node catalogue submit --all --consent 'CSMZ 2026-8'\n  \
        chengji-node catalogue submit 103001/000001 --consent-own"
    )]
    Submit(moving::SubmitArgs),
    /// Note a change of a law, a decision or duties that an entry has to follow
    ///
    /// The entry is updated within 10 working days after the change; 'catalogue pending --overdue' lists it
    /// afterwards, until a later revision is published.
    #[command(
        after_help = "Example:\n  chengji-node catalogue change-noted 103001/000001 --on 2026-11-20"
    )]
    ChangeNoted(follow_up::ChangeNotedArgs),
    /// Extend the deadline for following the noted change, once, with the authority's consent
    #[command(
        after_help = "Example:\n  chengji-node catalogue extend 103001/000001 --days 5 --consent 'SJJ 2026-3'"
    )]
    Extend(follow_up::ExtendArgs),
    /// Take back drafts, submitted revisions, or a request for withdrawal
    #[command(after_help = "Example:\n  chengji-node catalogue take-back 103001/000001")]
    TakeBack(moving::MoveArgs),
    /// Ask for published entries to be withdrawn; they stay on record
    ///
    /// The withdrawal is approved once no grant of the entry is running: 'catalogue show' lists them, and
    /// 'request consult' begins the end of each.
    #[command(
        after_help = "Example:\n  chengji-node catalogue withdraw 103001/000001 \
        --reason 'now provided by the data bureau'"
    )]
    Withdraw(moving::ReasonedArgs),
    /// As a reviewer: publish submitted revisions, or withdraw entries as asked
    ///
    /// Nobody reviews their own submissions. While grants of an entry are running, its withdrawal is not approved,
    /// nor is a revision that excludes it from sharing.
    #[command(
        after_help = "Examples:\n  chengji-node catalogue approve 103001/000001\n  \
        chengji-node catalogue approve --department 11430100006123468T --class 1"
    )]
    Approve(moving::MoveArgs),
    /// As a reviewer: return submitted revisions, or decline a withdrawal, with reasons
    #[command(
        after_help = "Example:\n  chengji-node catalogue return 103001/000001 \
        --reason 'the abstract does not name the scope'"
    )]
    Return(moving::ReasonedArgs),
    /// Mount files of the node's machine or tables to entries and measure them
    ///
    /// Mounts one file, or one table of a declared source (--table), to one entry; or many files that are paired
    /// in a sheet (--from) or found by name in the node's mount_roots (--pattern). For many, the outcome is shown
    /// and confirmed first. Mounts that have not changed stay as they are, so repeating it is safe.
    #[command(
        after_help = "Example:\n  chengji-node catalogue mount 103001/000001 districts.csv\n  \
        chengji-node catalogue mount 103001/000001 --table housing:permits\n  \
        chengji-node catalogue mount --from mounts.xlsx --dry-run\n  \
        chengji-node catalogue mount --pattern '{class}/{serial}*.csv'\n  \
        chengji-node catalogue mount --pattern '**/{name}.xlsx' --yes"
    )]
    Mount(mount::MountArgs),
    /// Unmount files or tables from entries
    ///
    /// An entry with running grants is not unmounted: 'catalogue show' lists them, and 'request consult --of-entry'
    /// begins the end of each. If the source moves, mount the new file in its place.
    #[command(
        after_help = "Example:\n  chengji-node catalogue unmount 103001/000001 --reason 'moved to another system'\n  \
        chengji-node catalogue unmount --from codes.csv --reason 'bureau dissolved' --dry-run"
    )]
    Unmount(unmount::UnmountArgs),
    /// As an approver: say which part of the mounted table grants permit where nothing else is said
    ///
    /// It is what 'request grant' grants without a part, and all that automatic grants permit; requests that ask for a
    /// part beyond it wait for people. The columns are those that the table has now: after it is mounted with others, say
    /// it again. A standing consent to automatic grants ends, unless less is permitted than before.
    #[command(
        after_help = "Examples:\n  chengji-node catalogue default-scope 103001/000001 --columns number,holder \
        --mask holder=first:1 --where 'floors > 10'\n  \
        chengji-node catalogue default-scope 103001/000001 --none"
    )]
    DefaultScope(default_scope::DefaultScopeArgs),
    /// Stop all deliveries of an entry at once
    ///
    /// Takes effect through the node's own log, until 'resume'.
    #[command(
        after_help = "Example:\n  chengji-node catalogue stop 103001/000001 --reason 'suspected leak'"
    )]
    Stop(deliveries::StopArgs),
    /// As a reviewer or approver: resume deliveries of an entry
    #[command(
        after_help = "Example:\n  chengji-node catalogue resume 103001/000001 --reason 'no leak found'"
    )]
    Resume(deliveries::StopArgs),
    /// List entries that are not mounted, gone, stale, or contradict their update cycle
    #[command(after_help = "Example:\n  chengji-node catalogue status\n  \
        chengji-node --format csv catalogue status --only stale,gone\n  \
        chengji-node catalogue status --check || echo entries need attention")]
    Status(status::StatusArgs),
    /// Measure a mounted file or table again
    #[command(after_help = "Example:\n  chengji-node catalogue measure 103001/000001")]
    Measure {
        /// Resource code
        code: String,
    },
    /// Count the entries by department, class, cycle and more
    ///
    /// Entries of every class count; withdrawn ones do not.
    #[command(
        after_help = "Example:\n  chengji-node catalogue statistics --by department,class\n  \
        chengji-node catalogue statistics --format csv > statistics.csv"
    )]
    Statistics(StatisticsArgs),
}

/// Runs one.
pub(super) async fn run(command: CatalogueCommand, context: &Context) -> Result<ExitCode> {
    // Nobody is asked for a map or a template.
    let client =
        async || -> Result<_> { Ok(CatalogueServiceClient::new(context.channel().await?)) };
    let format = context.format();
    match command {
        CatalogueCommand::Import(arguments) => return import::run(arguments, context).await,
        CatalogueCommand::Map(arguments) => map::run(&arguments)?,
        CatalogueCommand::Template(arguments) => export::template(&arguments)?,
        CatalogueCommand::Export(arguments) => {
            standards::export(&arguments, client().await?).await?;
        }
        CatalogueCommand::List(arguments) => {
            let list = published::listed(arguments, client().await?).await?;
            print(format, &list, published::table)?;
        }
        CatalogueCommand::Statistics(arguments) => {
            let mut client = client().await?;
            let pages = Pages::of(arguments.request());
            let counted = pages.whole(async |asked| answer(client.statistics(asked)).await);
            print(format, &counted.await?, statistics)?;
        }
        CatalogueCommand::Show(arguments) => {
            return show::run(arguments, client().await?, context).await;
        }
        CatalogueCommand::Diff(arguments) => {
            let diff = diff::ask(arguments, client().await?).await?;
            print(format, &diff, diff::table)?;
        }
        CatalogueCommand::Pending(arguments) => {
            return lifecycle::pending(arguments, client().await?, context).await;
        }
        CatalogueCommand::Submit(arguments) => {
            return moving::submit(arguments, client().await?, context).await;
        }
        CatalogueCommand::ChangeNoted(arguments) => {
            follow_up::note(arguments, client().await?, context).await?;
        }
        CatalogueCommand::Extend(arguments) => {
            follow_up::extend(arguments, client().await?, context).await?;
        }
        CatalogueCommand::TakeBack(arguments) => {
            return moving::simple(Move::TakeBack, arguments, client().await?, context).await;
        }
        CatalogueCommand::Withdraw(arguments) => {
            return moving::reasoned(Move::AskWithdrawal, arguments, client().await?, context)
                .await;
        }
        CatalogueCommand::Approve(arguments) => {
            return moving::simple(Move::Approve, arguments, client().await?, context).await;
        }
        CatalogueCommand::Return(arguments) => {
            return moving::reasoned(Move::Return, arguments, client().await?, context).await;
        }
        CatalogueCommand::Items(arguments) => return items::run(arguments, context).await,
        CatalogueCommand::Mount(arguments) => return mount::run(arguments, context).await,
        CatalogueCommand::Unmount(arguments) => return unmount::run(arguments, context).await,
        CatalogueCommand::DefaultScope(arguments) => {
            default_scope::run(arguments, client().await?, context).await?;
        }
        CatalogueCommand::Stop(arguments) => {
            deliveries::stop(arguments, client().await?, context).await?;
        }
        CatalogueCommand::Resume(arguments) => {
            deliveries::resume(arguments, client().await?, context).await?;
        }
        CatalogueCommand::Status(arguments) => return status::run(arguments, context).await,
        CatalogueCommand::Measure { code } => {
            let mut client = client().await?;
            let measured = mount::when_read(client.measure(v1::MeasureRequest { code }));
            print(format, &measured.await?, views::record)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
