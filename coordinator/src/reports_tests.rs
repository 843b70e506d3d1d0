use chengji_domain::catalogue::ShareClass::{Conditional, Unconditional};
use chengji_domain::fact::{CityFact, Origin};
use chengji_domain::matter::{MatterFact, MatterMove};
use chengji_domain::request::{Move, RequestId};
use chengji_domain::return_flow::ReturnFlowNote;
use chengji_domain::succession::{Succession, SuccessionEnd, SuccessionEndCause};
use chengji_follow::return_flow_table;
use chengji_proto::convert::text_from;
use chengji_proto::service::Respond;
use chengji_store::Tx;
use chengji_testkit::{OTHER_CREDIT_CODE, matters};
use jiff::civil::date;

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, START, STRANGER, World, acting, at, city, code, declared_flow,
    delivery, entry, grant, refuse, requested, submission,
};

/// A month of a cluster: of four requests to one provider one is granted, offered and delivered, one refused, one not
/// answered, and one rejected.
async fn november() -> World {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(2, Unconditional), 1)
        .await
        .unwrap();
    let resource = |serial| format!("{PROVIDER}:{}", code(serial));
    // Monday, 23 November.
    let granted = world.ask(&resource(2)).await;
    let refused = world.ask(&resource(1)).await;
    let until = grant("2027-06-30T00:00:00Z");
    world.make_move(PROVIDER, granted, until).await.unwrap();
    world.ask(&resource(9)).await;
    world.set_now("2026-11-26T02:00:00Z");
    world.make_move(PROVIDER, refused, refuse()).await.unwrap();
    // Due on 10 December.
    world.ask(&resource(1)).await;
    world.set_now("2026-11-27T02:00:00Z");
    let note = String::new();
    let offer = Move::Offer { note };
    world.make_move(PROVIDER, granted, offer).await.unwrap();
    let sent = CityFact::Delivered {
        delivery: delivery(2, 30, granted),
        consumer: city(CONSUMER),
        resumed_at: 0,
    };
    world.append(PROVIDER, sent).await.unwrap();
    let received = CityFact::Received {
        delivery: delivery(2, 30, granted),
        provider: city(PROVIDER),
    };
    world.append(CONSUMER, received).await.unwrap();
    world
}

fn report(world: &World, month: &str, of: &str, department: &str) -> Result<v1::MonthReport> {
    let reports = Reports {
        rates: world.rates(),
        rules: world.deadlines.0.clone(),
        kept: Arc::default(),
    };
    let asked = v1::MonthReportRequest {
        month: month.to_owned(),
        city: of.to_owned(),
        department: department.to_owned(),
        page: None,
    };
    v1::MonthReport::respond(reports.report(&asked, &Awaited::default())?)
}

fn states(figures: &v1::ReportRequests) -> Vec<(&str, u64)> {
    let states = figures.states.iter();
    states
        .map(|state| (state.state.as_str(), state.count))
        .collect()
}

fn provided(figures: Option<&v1::ReportFigures>) -> &v1::ReportRequests {
    figures.unwrap().provided.as_ref().unwrap()
}

fn act(act: Option<&v1::ReportAct>) -> (u64, Option<u32>, Option<u32>, u64, u64) {
    let act = act.unwrap();
    (
        act.count,
        act.median_days,
        act.p90_days,
        act.late,
        act.overdue,
    )
}

#[tokio::test]
async fn the_figures_of_a_month_are_those_counted_by_hand() {
    let world = november().await;
    world.set_now("2026-12-20T02:00:00Z");
    let november = report(&world, "2026-11", "", "").unwrap();
    let all = provided(november.total.as_ref());
    assert_eq!(all.submitted, 4);
    let expected = [
        ("granted", 1),
        ("refused", 1),
        ("rejected", 1),
        ("routed", 1),
    ];
    let mut found = states(all);
    found.sort_unstable();
    assert_eq!(found, expected);
    // Granted on the day, refused on the third working day after it; offered on the fourth.
    let answers = (2, Some(0), Some(3), 0, 0);
    assert_eq!(act(all.answers.as_ref()), answers);
    assert_eq!(act(all.offers.as_ref()), (1, Some(4), Some(4), 0, 0));
    let grounds = all.grounds.iter().map(|ground| {
        let label = text_from(ground.label.as_ref().unwrap());
        (label.code().to_owned(), ground.count)
    });
    let grounds: Vec<_> = grounds.collect();
    let expected = [
        ("ground-no-such-resource".to_owned(), 1),
        ("text".to_owned(), 1),
    ];
    assert_eq!((all.refused, grounds), (2, expected.to_vec()));
    let cities: Vec<&str> = november.rows.iter().map(|row| row.city.as_str()).collect();
    assert_eq!(cities, [CONSUMER, PROVIDER, STRANGER]);
    let [consumer, provider, stranger] = &november.rows[..] else {
        panic!("a row for each city");
    };
    assert_eq!(provided(provider.figures.as_ref()), all);
    let figures = |row: &v1::ReportRow| row.figures.clone().unwrap();
    assert_eq!(figures(consumer).requested.as_ref(), Some(all));
    let used = Some(v1::ReportUse {
        deliveries: 1,
        bytes: 3_000,
    });
    assert_eq!(figures(provider).sent, used);
    assert_eq!(figures(consumer).received, used);
    assert_eq!(figures(stranger).sent, Some(v1::ReportUse::default()));
    assert!(stranger.first_delivery.is_none() && provider.first_delivery.is_some());
    // The positions are the ends of the logs.
    let end = |row: &v1::ReportRow| row.position.as_ref().unwrap().seq;
    assert_eq!(end(provider), world.length(PROVIDER) as u64);
    assert_eq!(end(consumer), world.length(CONSUMER) as u64);
    let orders = november.orders.as_ref().unwrap().seq;
    assert_eq!(orders, world.ledger.head().seq);
    assert!(!november.moving && !november.provisional);
    // Neither entry is mounted.
    let sharing = provider.sharing.as_ref().unwrap().entries.as_ref().unwrap();
    assert_eq!((sharing.numerator, sharing.denominator), (0, 2));
}

#[tokio::test]
async fn what_goes_on_is_in_the_next_month_too_until_it_has_ended() {
    let world = november().await;
    world.set_now("2026-12-20T02:00:00Z");
    let december = report(&world, "2026-12", "", "").unwrap();
    let all = provided(december.total.as_ref());
    assert_eq!((all.submitted, all.refused), (0, 0));
    let mut found = states(all);
    found.sort_unstable();
    assert_eq!(found, [("granted", 1), ("routed", 1)]);
    assert_eq!(act(all.answers.as_ref()), (0, None, None, 0, 1));
    assert!(december.provisional);
    let early = report(&world, "2027-01", "", "").unwrap_err();
    assert_eq!(early.code(), ErrorCode::InvalidArgument);
    assert_eq!(
        provided(report(&world, "2026-10", "", "").unwrap().total.as_ref()).submitted,
        0
    );
}

#[tokio::test]
async fn a_city_has_a_row_for_each_department() {
    let world = november().await;
    let department = entry(1, Conditional).provider_code.to_string();
    let of_city = report(&world, "2026-11", PROVIDER, "").unwrap();
    let rows = of_city.rows.iter().map(|row| {
        let submitted = provided(row.figures.as_ref()).submitted;
        (row.department.as_str(), submitted)
    });
    // The unknown resource belongs to no department.
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [("", 1), (department.as_str(), 3)]
    );
    assert_eq!(of_city.rows[1].name, entry(1, Conditional).provider);
    assert_eq!(provided(of_city.total.as_ref()).submitted, 4);
    let one = report(&world, "2026-11", PROVIDER, &department).unwrap();
    assert_eq!(
        (one.rows.len(), provided(one.total.as_ref()).submitted),
        (1, 3)
    );
    assert_eq!(one.total.unwrap().sent.unwrap().deliveries, 1);
    assert!(one.sharing.is_none() && of_city.sharing.is_some());
    for (of, department, expected) in [
        ("430900", "", ErrorCode::NotFound),
        ("", department.as_str(), ErrorCode::InvalidArgument),
        ("43", "", ErrorCode::InvalidArgument),
    ] {
        let refused = report(&world, "2026-11", of, department).unwrap_err();
        assert_eq!(refused.code(), expected, "{of} {department}");
    }
}

#[tokio::test]
async fn a_successor_has_the_rows_of_what_was_merged_into_it_until_that_is_taken_back() {
    let mut world = november().await;
    let succession = Succession {
        old: entry(1, Conditional).provider_code,
        new: OTHER_CREDIT_CODE.parse().unwrap(),
        since: date(2026, 11, 20),
        document: "市编办〔2026〕12号".to_owned(),
    };
    let end = SuccessionEnd {
        old: succession.old,
        new: succession.new,
        cause: SuccessionEndCause::Mistake,
        since: succession.since,
        document: String::new(),
        reason: "登记有误".to_owned(),
    };
    let rows = |world: &World| {
        let of_successor = report(world, "2026-11", PROVIDER, OTHER_CREDIT_CODE);
        of_successor.unwrap().rows.len()
    };
    assert_eq!(rows(&world), 0);
    let succeeded = CityFact::DepartmentSucceeded(succession);
    world.append(PROVIDER, succeeded).await.unwrap();
    assert_eq!(rows(&world), 1);
    world.read_again(PROVIDER).await;
    assert_eq!(rows(&world), 1);
    let ended = CityFact::DepartmentSuccessionEnded(end);
    world.append(PROVIDER, ended).await.unwrap();
    assert_eq!(rows(&world), 0);
}

#[tokio::test]
async fn corrections_count_where_they_were_filed_and_where_they_were_answered() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(2, Unconditional), 1)
        .await
        .unwrap();
    let resource = format!("{PROVIDER}:{}", code(2));
    let request = world.ask(&resource).await;
    let until = grant("2027-06-30T00:00:00Z");
    world.make_move(PROVIDER, request, until).await.unwrap();
    // Friday, 27 November.
    world.set_now("2026-11-27T02:00:00Z");
    let filed = CityFact::Matter(Box::new(MatterFact::Filed {
        filing: matters::correction(request, &resource),
        actor: acting(CONSUMER),
    }));
    let seq = world.append(CONSUMER, filed).await.unwrap();
    let matter = RequestId { seq, ..request };
    world.set_now("2026-12-01T02:00:00Z");
    let moved = CityFact::Matter(Box::new(MatterFact::Moved {
        matter,
        mv: MatterMove::Decline {
            reason: "与原始档案一致".to_owned(),
            legal_basis: String::new(),
        },
        actor: acting(PROVIDER),
    }));
    world.append(PROVIDER, moved).await.unwrap();
    let counted = |month: &str, of: &str| {
        let report = report(&world, month, of, "").unwrap();
        let corrections = report.total.unwrap().corrections.unwrap();
        let rows = report.rows.iter();
        let rows = rows.filter(|row| {
            let figures = row.figures.as_ref().unwrap();
            figures.corrections != Some(v1::ReportMatters::default())
        });
        let cities: Vec<_> = rows.map(|row| row.city.clone()).collect();
        (corrections, cities)
    };
    let filed = v1::ReportMatters {
        filed: 1,
        ..Default::default()
    };
    let answered = || v1::ReportMatters {
        answered: 1,
        median_days: Some(2),
        ..Default::default()
    };
    let of = |city: &str| vec![city.to_owned()];
    assert_eq!(counted("2026-11", ""), (filed, of(CONSUMER)));
    assert_eq!(counted("2026-12", ""), (answered(), of(PROVIDER)));
    assert_eq!(counted("2026-12", PROVIDER), (answered(), of(PROVIDER)));
    assert_eq!(counted("2026-12", CONSUMER).1, Vec::<String>::new());
}

#[tokio::test]
async fn a_report_reads_what_is_of_its_month_however_much_follows() {
    let mut world = november().await;
    let keys_read = |world: &World| {
        ["", PROVIDER].map(|of| {
            let (keys, found) = world.reads.during(|| report(world, "2026-11", of, ""));
            found.unwrap();
            keys
        })
    };
    world.set_now("2027-03-15T02:00:00Z");
    // The figures of the closed month are computed once.
    keys_read(&world);
    let before = keys_read(&world);
    // There is no such resource: requests in hand are looked at by reports of earlier months, too.
    let resource = format!("{PROVIDER}:{}", code(9));
    let asked = (0..400).map(|_| requested(submission(&resource)));
    world.append_all(CONSUMER, asked).await;
    let after = keys_read(&world);
    for (before, after) in before.into_iter().zip(after) {
        // The end of the month is looked for in the coordinator's log, in steps that grow by its logarithm.
        assert!(after <= before + 60, "{before} keys, then {after}");
    }
}

#[tokio::test]
async fn returned_data_counts_for_the_members_at_the_end_of_the_month() {
    let world = World::new().await;
    let note = ReturnFlowNote {
        provider: city("430000"),
        origin: Origin {
            epoch: EPOCH,
            seq: 1,
        },
        at: at(START),
        fact: declared_flow(),
        readers: None,
    };
    let take = move |tx: &mut Tx<'_>| return_flow_table::take(tx, &note, None);
    world.ledger.write(take).await.unwrap();
    world.set_now("2026-12-07T02:00:00Z");
    world.set_status(STRANGER, MembershipStatus::Removed).await;
    let suspended = MembershipStatus::Suspended;
    world.set_status(CONSUMER, suspended).await;
    let counted = |month: &str, of: &str| {
        let total = report(&world, month, of, "").unwrap().total.unwrap();
        total.returned_to.unwrap().data_sets
    };
    assert_eq!((counted("2026-11", ""), counted("2026-12", "")), (3, 1));
    let of_one = ["2026-11", "2026-12"].map(|month| counted(month, CONSUMER));
    assert_eq!(of_one, [1, 0]);
}
