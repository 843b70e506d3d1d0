//! `--wait`: polls the node until a request has reached the state that a command waits for.

use std::time::Duration;

use chengji_client::arguments::within;
use chengji_client::views::state_name;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::request_service_client::RequestServiceClient;
use clap::Args;
use tonic::transport::Channel;

use super::answer;

/// The interval between the first two looks; it doubles up to the longest.
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_secs(1);

/// Options of waiting for a command's consequences.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct WaitArgs {
    /// Wait for the outcome, 30 seconds unless given; fail if it is a refusal
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "30",
        value_parser = within::<u64>(1..=86_400)
    )]
    wait: Option<u64>,
}

impl WaitArgs {
    /// For how long to wait; nothing where the command does not.
    pub(super) fn bound(self) -> Option<Duration> {
        self.wait.map(Duration::from_secs)
    }
}

/// Looks at a request until `done` holds of it; the request as it is then. Fails with
/// PEER_UNAVAILABLE where that takes longer than `bound`.
pub(super) async fn wait_until(
    client: &mut RequestServiceClient<Channel>,
    id: &str,
    bound: Duration,
    done: impl Fn(&v1::Request) -> bool,
) -> Result<v1::Request> {
    let until = tokio::time::Instant::now() + bound;
    let mut interval = FIRST_INTERVAL;
    loop {
        let request = answer(client.show(v1::ShowRequestRequest { id: id.to_owned() })).await?;
        if done(&request) {
            return Ok(request);
        }
        let next = tokio::time::Instant::now() + interval;
        if next > until {
            return Err(not_yet(&request, bound));
        }
        tokio::time::sleep_until(next).await;
        interval = (interval * 2).min(LONGEST_INTERVAL);
    }
}

fn not_yet(request: &v1::Request, bound: Duration) -> Error {
    let message = msg::RequestStillInState {
        seconds: bound.as_secs(),
        request: &request.id,
        state: state_name(request.state()),
    };
    Error::new(ErrorCode::PeerUnavailable, message)
}
