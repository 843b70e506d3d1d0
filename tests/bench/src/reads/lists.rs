//! The first page of each list that the coordinator serves, next to a call that reads nothing.

use std::time::{Duration, Instant};

use chengji_domain::Principal;
use chengji_proto::v1;
use chengji_proto::v1::audit_service_client::AuditServiceClient;
use chengji_proto::v1::broker_service_client::BrokerServiceClient;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_proto::v1::member_service_client::MemberServiceClient;
use chengji_proto::v1::person_service_client::PersonServiceClient;
use chengji_proto::v1::rate_service_client::RateServiceClient;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::fake_cities::FakeCity;
use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, beside_empty, latencies};

/// Calls of each list.
const CALLS: usize = 100;
const MOST: Duration = Duration::from_millis(10);

/// Measures a list: the call `$call` of a client `$client` with the request `$asked`, whose answer has `$items`, through
/// the channel `$channel`.
macro_rules! list {
    ($rows:ident, $what:expr, $channel:expr, $client:ident, $call:ident, $asked:expr, $items:ident) => {{
        let (mut client, mut empty) = ($client::new($channel.clone()), EmptyCalls::of(&$channel));
        let (mut took, mut items) = (Vec::new(), 0);
        for _ in 0..CALLS {
            empty.call().await?;
            let asked = $asked;
            let begun = Instant::now();
            let answer = client.$call(asked).await?.into_inner();
            took.push(begun.elapsed());
            items = answer.$items.len();
        }
        let what = format!("first page, {}", $what);
        let about = format!("{items} items");
        let row = latencies(&what, &mut took, &about, "p99 <= 10 ms", Some(MOST));
        $rows.push(beside_empty(row, &mut took, &mut empty.took));
    }};
}

/// Calls that pass the same connection and gate, and read nothing: a check of health.
struct EmptyCalls {
    client: HealthClient<Channel>,
    took: Vec<Duration>,
}

impl EmptyCalls {
    fn of(channel: &Channel) -> Self {
        Self {
            client: HealthClient::new(channel.clone()),
            took: Vec::new(),
        }
    }

    async fn call(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        self.client.check(HealthCheckRequest::default()).await?;
        self.took.push(begun.elapsed());
        Ok(())
    }
}

pub(super) async fn run(
    cluster: &Cluster,
    cities: &[FakeCity],
    auditor: Channel,
) -> Outcome<Vec<Row>> {
    let mut rows = requests(cluster, cities).await?;
    rows.extend(audit(cities, auditor).await?);
    let channel = cluster.to_coordinator()?;
    list!(
        rows,
        "cities",
        channel,
        DirectoryServiceClient,
        list_cities,
        v1::ListCitiesRequest::default(),
        cities
    );
    list!(
        rows,
        "acts against the rules",
        channel,
        BrokerServiceClient,
        count_acts,
        v1::CountActsRequest::default(),
        cities
    );
    list!(
        rows,
        "members",
        channel,
        MemberServiceClient,
        list,
        v1::ListMembersRequest::default(),
        members
    );
    list!(
        rows,
        "people",
        channel,
        PersonServiceClient,
        list,
        v1::ListPeopleRequest::default(),
        people
    );
    list!(
        rows,
        "followed logs",
        channel,
        StatusServiceClient,
        status,
        v1::StatusRequest::default(),
        following
    );
    list!(
        rows,
        "quarantined",
        channel,
        StatusServiceClient,
        list_quarantine,
        v1::ListQuarantineRequest::default(),
        entries
    );
    rows.extend(rates(cities, channel).await?);
    Ok(rows)
}

/// Lists about the sharing rate.
async fn rates(cities: &[FakeCity], coordinator: Channel) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    list!(
        rows,
        "seals",
        coordinator,
        RateServiceClient,
        list_seals,
        v1::ListSealsRequest::default(),
        months
    );
    let explained = v1::ExplainRateRequest {
        city: cities.first().ok_or("there is no city")?.code.to_string(),
        ..Default::default()
    };
    list!(
        rows,
        "entries behind a rate",
        coordinator,
        RateServiceClient,
        explain,
        explained.clone(),
        entries
    );
    Ok(rows)
}

/// Lists of the audit log.
async fn audit(cities: &[FakeCity], auditor: Channel) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    let all = v1::ListAuditRequest::default();
    list!(
        rows,
        "audit",
        auditor,
        AuditServiceClient,
        list,
        all.clone(),
        entries
    );
    let of_one = v1::ListAuditRequest {
        principal: Principal::Node(cities.first().ok_or("there is no city")?.code).to_string(),
        ..all.clone()
    };
    list!(
        rows,
        "audit of a principal",
        auditor,
        AuditServiceClient,
        list,
        of_one.clone(),
        entries
    );
    let denied = v1::ListAuditRequest {
        denied: true,
        ..all
    };
    list!(
        rows,
        "audit of denials",
        auditor,
        AuditServiceClient,
        list,
        denied.clone(),
        entries
    );
    Ok(rows)
}

/// Lists of requests: all, by state, overdue ones, and by either side.
async fn requests(cluster: &Cluster, cities: &[FakeCity]) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    let channel = cluster.to_coordinator()?;
    let city = cities.first().ok_or("there is no city")?.code.to_string();
    let all = v1::ListRequestsRequest::default();
    let of = |states: &[v1::RequestState]| v1::ListRequestsRequest {
        states: states.iter().copied().map(i32::from).collect(),
        ..all.clone()
    };
    let lists = [
        ("requests", all.clone()),
        ("granted requests", of(&[v1::RequestState::Granted])),
        ("routed requests", of(&[v1::RequestState::Routed])),
        (
            "overdue requests",
            v1::ListRequestsRequest {
                overdue: true,
                ..all.clone()
            },
        ),
        (
            "requests to a city",
            v1::ListRequestsRequest {
                provider: city.clone(),
                ..all.clone()
            },
        ),
        (
            "requests of a city",
            v1::ListRequestsRequest {
                consumer: city,
                ..all.clone()
            },
        ),
    ];
    for (what, asked) in lists {
        list!(
            rows,
            what,
            channel,
            BrokerServiceClient,
            list,
            asked.clone(),
            requests
        );
    }
    Ok(rows)
}
