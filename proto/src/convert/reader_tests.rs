use super::*;

fn moved(mv: Move) -> Fact {
    let r#move = Some(v1::Move { r#move: Some(mv) });
    Fact::RequestMoved(v1::RequestMoved {
        r#move,
        ..v1::RequestMoved::default()
    })
}

fn ordered(step: v1::Step) -> Fact {
    Fact::RequestOrdered(v1::RequestOrdered {
        step: Some(step),
        ..v1::RequestOrdered::default()
    })
}

fn granted_roles(roles: &[v1::Role]) -> Fact {
    Fact::AccessGranted(v1::AccessGranted {
        roles: roles.iter().copied().map(i32::from).collect(),
        ..v1::AccessGranted::default()
    })
}

#[test]
fn a_fact_as_it_always_was_is_read_by_every_reader() {
    let dispute = || {
        Some(v1::Move {
            r#move: Some(Move::Dispute(v1::Dispute::default())),
        })
    };
    for fact in [
        Fact::Unmounted(v1::Unmounted::default()),
        Fact::Requested(v1::Requested {
            submission: Some(v1::Submission::default()),
            ..v1::Requested::default()
        }),
        moved(Move::Grant(v1::Grant::default())),
        moved(Move::Close(v1::Close::default())),
        ordered(v1::Step {
            party: v1::Party::Consumer.into(),
            r#move: dispute(),
            ..v1::Step::default()
        }),
        Fact::Reminded(v1::Reminded {
            act: v1::DueAct::Answer.into(),
            ..v1::Reminded::default()
        }),
        Fact::Stopped(v1::Stopped {
            cause: v1::StopCause::Suspended.into(),
            ..v1::Stopped::default()
        }),
        granted_roles(&[v1::Role::Approver, v1::Role::Administrator]),
    ] {
        assert_eq!(min_reader(&fact), FIRST_FACTS, "{fact:?}");
    }
}

#[test]
fn a_fact_with_something_new_waits_for_a_reader_that_knows_it() {
    let text = || "x".to_owned();
    for fact in [
        Fact::Requested(v1::Requested {
            submission: Some(v1::Submission {
                scenario: text(),
                ..v1::Submission::default()
            }),
            ..v1::Requested::default()
        }),
        moved(Move::Offer(v1::Offer::default())),
        moved(Move::Grant(v1::Grant {
            disposal: text(),
            ..v1::Grant::default()
        })),
        moved(Move::Close(v1::Close {
            cause: v1::CloseCause::PurposeMet.into(),
            ..v1::Close::default()
        })),
        ordered(v1::Step {
            due: "2026-12-07".to_owned(),
            ..v1::Step::default()
        }),
        ordered(v1::Step {
            party: v1::Party::Provider.into(),
            r#move: Some(v1::Move {
                r#move: Some(Move::Dispute(v1::Dispute::default())),
            }),
            ..v1::Step::default()
        }),
        Fact::Reminded(v1::Reminded {
            act: v1::DueAct::Offer.into(),
            ..v1::Reminded::default()
        }),
        Fact::Stopped(v1::Stopped {
            cause: v1::StopCause::Incident.into(),
            ..v1::Stopped::default()
        }),
        granted_roles(&[v1::Role::Approver, v1::Role::Authority]),
        granted_roles(&[v1::Role::Consenter]),
        Fact::Proposed(v1::Proposed::default()),
        Fact::Delegated(v1::Delegated::default()),
        Fact::FindingEntered(v1::FindingEntered::default()),
    ] {
        assert_eq!(min_reader(&fact), FACTS_AFTER_ORDER_809, "{fact:?}");
    }
    for mv in [
        Move::WithdrawDispute(v1::WithdrawDispute::default()),
        Move::Lapse(v1::Lapse::default()),
    ] {
        let step = v1::Step {
            r#move: Some(v1::Move {
                r#move: Some(mv.clone()),
            }),
            ..v1::Step::default()
        };
        assert_eq!(min_reader(&moved(mv)), FACTS_WITH_RULES);
        assert_eq!(min_reader(&ordered(step)), FACTS_WITH_RULES);
    }
    let rules = Fact::DeadlineRulesSet(v1::DeadlineRulesSet::default());
    assert_eq!(min_reader(&rules), FACTS_WITH_RULES);
}

#[test]
fn a_region_and_an_approval_wait_for_a_reader_that_respects_them() {
    let published = |entry| {
        Fact::Published(v1::Published {
            entry: Some(entry),
            revision: 1,
        })
    };
    let opened = |mv| {
        let r#move = Some(v1::Move { r#move: Some(mv) });
        Fact::RequestOpened(v1::RequestOpened {
            step: Some(v1::Step {
                r#move,
                ..v1::Step::default()
            }),
            ..v1::RequestOpened::default()
        })
    };
    for fact in [
        published(v1::CatalogueEntry {
            region: Some(v1::Region::default()),
            ..v1::CatalogueEntry::default()
        }),
        published(v1::CatalogueEntry {
            superior_approval: true,
            ..v1::CatalogueEntry::default()
        }),
        opened(Move::Route(v1::Route {
            approval: Some(v1::Approval::default()),
            ..v1::Route::default()
        })),
        opened(Move::Reject(v1::Reject {
            reason: v1::RejectReason::NotApproved.into(),
            ..v1::Reject::default()
        })),
        Fact::DepartmentSucceeded(v1::DepartmentSucceeded::default()),
        ordered(v1::Step {
            r#move: Some(v1::Move {
                r#move: Some(Move::Reject(v1::Reject::default())),
            }),
            ..v1::Step::default()
        }),
    ] {
        assert_eq!(min_reader(&fact), FACTS_WITH_RULES, "{fact:?}");
    }
    let plain = opened(Move::Route(v1::Route::default()));
    assert_eq!(min_reader(&plain), FIRST_FACTS);
}

#[test]
fn a_return_flow_a_grant_by_one_and_a_reminder_of_entries_wait_for_a_reader_that_knows_them() {
    let grant = v1::Grant {
        return_flow: "430000-1-7-AAAAAAAAAAAAA".to_owned(),
        ..v1::Grant::default()
    };
    let act = Act::ReturnFlow(v1::ReturnFlowAct::default());
    for fact in [
        Fact::ReturnFlowChanged(v1::ReturnFlowChanged::default()),
        Fact::ReturnFlowNoted(v1::ReturnFlowNoted::default()),
        Fact::CatalogueReminded(v1::CatalogueReminded::default()),
        Fact::Proposed(v1::Proposed {
            act: Some(act),
            ..v1::Proposed::default()
        }),
        moved(Move::Grant(grant.clone())),
        moved(Move::Change(grant)),
    ] {
        assert_eq!(min_reader(&fact), FACTS_OF_VERSION_4, "{fact:?}");
    }
}

#[test]
fn a_wait_for_an_approval_waits_for_a_reader_that_knows_it() {
    let rules = |name: &str| {
        let rule = v1::DeadlineRule {
            rule: name.to_owned(),
            ..v1::DeadlineRule::default()
        };
        Fact::DeadlineRulesSet(v1::DeadlineRulesSet {
            rules: vec![rule],
            ..v1::DeadlineRulesSet::default()
        })
    };
    for fact in [
        Fact::ApprovalAwaited(v1::ApprovalAwaited::default()),
        Fact::UsageReminded(v1::UsageReminded::default()),
        Fact::CatalogueUpdatedLate(v1::CatalogueUpdatedLate::default()),
        Fact::Reminded(v1::Reminded {
            act: v1::DueAct::Approval.into(),
            ..v1::Reminded::default()
        }),
        rules("superior_approval"),
    ] {
        assert_eq!(min_reader(&fact), FACTS_OF_VERSION_4, "{fact:?}");
    }
    assert_eq!(min_reader(&rules("correction")), FACTS_WITH_RULES);
}

#[test]
fn a_province_as_a_member_waits_for_a_reader_that_takes_it_for_one() {
    let admitted = |city: &str| {
        let member = v1::Member {
            city: city.to_owned(),
            ..v1::Member::default()
        };
        let member = Some(member);
        min_reader(&Fact::Admitted(v1::Admitted { member }))
    };
    assert_eq!(admitted("430000"), FACTS_WITH_RULES);
    for city in ["430100", "110000", "500000"] {
        assert_eq!(admitted(city), FIRST_FACTS, "{city}");
    }
}

#[test]
fn a_newer_fact_waits_for_a_reader_that_knows_it() {
    let grant = || v1::Grant {
        terms: Some(v1::GrantTerms {
            limits: vec![v1::Limit {
                limit: Some(Limit::UsableRange("本市".to_owned())),
            }],
            ..v1::GrantTerms::default()
        }),
        ..v1::Grant::default()
    };
    let mv = || v1::Move {
        r#move: Some(Move::Grant(grant())),
    };
    let proposed = v1::ProposedMove {
        r#move: Some(mv()),
        ..v1::ProposedMove::default()
    };
    for fact in [
        Fact::UseVouched(v1::UseVouched::default()),
        Fact::UsageRecorded(v1::UsageRecorded::default()),
        Fact::GrantRuleSet(v1::GrantRuleSet::default()),
        Fact::Subscribed(v1::Subscribed {
            topics: vec![v1::NotificationTopic::Requests.into()],
            ..v1::Subscribed::default()
        }),
        Fact::SubscriptionEnded(v1::SubscriptionEnded::default()),
        Fact::MatterFiled(v1::MatterFiled::default()),
        Fact::RowsAttached(v1::RowsAttached::default()),
        Fact::CorrectionTold(v1::CorrectionTold::default()),
        moved(Move::Grant(grant())),
        moved(Move::Consult(v1::Consult {
            change: Some(grant()),
            ..v1::Consult::default()
        })),
        ordered(v1::Step {
            r#move: Some(mv()),
            ..v1::Step::default()
        }),
        Fact::Proposed(v1::Proposed {
            act: Some(Act::Move(proposed)),
            ..v1::Proposed::default()
        }),
    ] {
        assert_eq!(min_reader(&fact), FACTS_WITH_RULES, "{fact:?}");
    }
}

#[test]
fn a_subscription_of_a_robot_or_to_all_topics_waits_for_a_reader_that_knows_it() {
    let robot = v1::WebhookChannel {
        form: v1::WebhookForm::Dingtalk.into(),
        ..v1::WebhookChannel::default()
    };
    for fact in [
        Fact::Subscribed(v1::Subscribed::default()),
        Fact::Subscribed(v1::Subscribed {
            topics: vec![v1::NotificationTopic::Requests.into()],
            topics_named: true,
            channel: Some(Channel::Webhook(robot)),
            ..v1::Subscribed::default()
        }),
    ] {
        assert_eq!(min_reader(&fact), FACTS_OF_VERSION_4, "{fact:?}");
    }
}

#[test]
fn a_merger_that_is_taken_back_waits_for_a_reader_that_knows_it() {
    let ended = Fact::DepartmentSuccessionEnded(v1::DepartmentSuccessionEnded::default());
    assert_eq!(min_reader(&ended), FACTS_OF_VERSION_4);
}

#[test]
fn a_default_scope_waits_for_a_reader_that_knows_it() {
    let changed = Fact::DefaultScopeChanged(v1::DefaultScopeChanged::default());
    assert_eq!(min_reader(&changed), FACTS_OF_VERSION_5);
}

#[test]
fn a_formula_and_an_interface_wait_for_a_reader_that_counts_by_them() {
    let published = |manner: v1::ShareManner| {
        let entry = v1::CatalogueEntry {
            share_manner: manner.into(),
            ..v1::CatalogueEntry::default()
        };
        min_reader(&Fact::Published(v1::Published {
            entry: Some(entry),
            revision: 1,
        }))
    };
    assert_eq!(published(v1::ShareManner::Interface), FACTS_OF_VERSION_5);
    assert_eq!(published(v1::ShareManner::Table), FIRST_FACTS);
    let adopted = Fact::FormulaAdopted(v1::FormulaAdopted::default());
    assert_eq!(min_reader(&adopted), FACTS_OF_VERSION_5);
}

#[test]
fn a_probe_waits_for_a_reader_that_knows_it() {
    for fact in [
        Fact::ProbeOrdered(v1::ProbeOrdered::default()),
        Fact::ProbeMade(v1::ProbeMade::default()),
        Fact::ProbeNoted(v1::ProbeNoted::default()),
    ] {
        assert_eq!(min_reader(&fact), FACTS_OF_VERSION_6, "{fact:?}");
    }
    assert_eq!(FACTS_OF_VERSION_6, chengji_log::READER);
}

#[test]
fn a_notice_of_months_waits_for_a_reader_that_keeps_it() {
    let consult = |first: &str| {
        Move::Consult(v1::Consult {
            not_before: first.to_owned(),
            ..v1::Consult::default()
        })
    };
    let step = v1::Step {
        r#move: Some(v1::Move {
            r#move: Some(consult("2026-09-03")),
        }),
        ..v1::Step::default()
    };
    let rule = v1::DeadlineRule {
        months: Some(6),
        ..v1::DeadlineRule::default()
    };
    for fact in [
        moved(consult("2026-09-03")),
        ordered(step),
        Fact::DeadlineRulesSet(v1::DeadlineRulesSet {
            rules: vec![rule],
            ..v1::DeadlineRulesSet::default()
        }),
    ] {
        assert_eq!(min_reader(&fact), FACTS_OF_VERSION_4, "{fact:?}");
    }
    assert_eq!(min_reader(&moved(consult(""))), FACTS_AFTER_ORDER_809);
}

#[test]
fn a_move_in_a_state_that_did_not_permit_it_waits_for_a_reader_that_takes_it() {
    let closed = |newly_permitted| {
        let r#move = Some(Move::Close(v1::Close::default()));
        Fact::RequestOrdered(v1::RequestOrdered {
            step: Some(v1::Step {
                r#move: Some(v1::Move { r#move }),
                ..v1::Step::default()
            }),
            newly_permitted,
            ..v1::RequestOrdered::default()
        })
    };
    assert_eq!(min_reader(&closed(false)), FIRST_FACTS);
    assert_eq!(min_reader(&closed(true)), FACTS_OF_VERSION_4);
}

#[test]
fn an_amendment_for_a_third_party_waits_for_a_reader_that_keeps_it() {
    let asked = |third_party: &str| {
        moved(Move::AskAmendment(v1::AskAmendment {
            third_party: third_party.to_owned(),
            ..v1::AskAmendment::default()
        }))
    };
    assert_eq!(min_reader(&asked("市三医院")), FACTS_OF_VERSION_4);
    assert_eq!(min_reader(&asked("")), FACTS_AFTER_ORDER_809);
}
