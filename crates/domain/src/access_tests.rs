//! Rights, and who acts for whom.

use super::*;

#[test]
fn every_role_parses_what_it_prints() {
    for role in Role::ALL {
        assert_eq!(role.to_string().parse(), Ok(*role));
    }
    assert!("boss".parse::<Role>().is_err());
}

#[test]
fn who_hands_out_rights_or_checks_others_has_no_hand_in_the_data() {
    for alone in [Role::Administrator, Role::Auditor, Role::Operator] {
        assert!(Rights::new([alone], None).is_ok());
        for other in Role::ALL.iter().filter(|role| **role != alone) {
            assert!(
                Rights::new([alone, *other], None).is_err(),
                "{alone} {other}"
            );
        }
    }
    assert!(Rights::new([], None).is_err());
    assert!(Rights::new([Role::Publisher, Role::Reviewer, Role::Approver], None).is_ok());
}

#[test]
fn a_department_goes_with_all_roles_of_the_data_but_review() {
    let department: Uscc = "91350100M000100Y43".parse().unwrap();
    let other: Uscc = "114302000069920125".parse().unwrap();
    let of = |roles: &[Role]| Rights::new(roles.iter().copied(), Some(department));
    let rights = of(&[
        Role::Publisher,
        Role::Consumer,
        Role::Approver,
        Role::Consenter,
        Role::Authority,
    ]);
    let rights = rights.unwrap();
    assert!(rights.cover(department) && !rights.cover(other));
    assert!(Rights::NONE.cover(other));
    for role in [Role::Reviewer, Role::Auditor] {
        assert!(of(&[Role::Publisher, role]).is_err() && of(&[role]).is_err());
    }
}

#[test]
fn rights_cover_what_was_merged_into_their_department() {
    let new: Uscc = "91350100M000100Y43".parse().unwrap();
    let old: Uscc = "114302000069920125".parse().unwrap();
    let at = "2026-11-30T00:00:00Z".parse().unwrap();
    let own = Rights::new([Role::Publisher], Some(new)).unwrap();
    assert!(!own.cover(old));
    assert_eq!(own.limits(), BTreeSet::from([new]));
    let rights = own.with_merged([(new, BTreeSet::from([old]))]);
    assert!(rights.cover(new) && rights.cover(old));
    assert_eq!(rights.merged(), BTreeSet::from([old]));
    assert_eq!(rights.departments(at), Some(BTreeSet::from([new, old])));
    let stand_in = StandIn {
        from: "city/430100/person/wang.fang".parse().unwrap(),
        roles: [Role::Approver].into(),
        department: Some(new),
        until: "2026-12-01T00:00:00Z".parse().unwrap(),
    };
    let whole = Rights::new([Role::Consumer], None).unwrap();
    let whole = whole.standing_in(vec![stand_in.clone()]);
    let whole = whole.with_merged([(new, BTreeSet::from([old]))]);
    assert_eq!(whole.stand_in_of(Role::Approver, old, at), Some(&stand_in));
    let another = Some(ActsFor::Another(&stand_in));
    assert_eq!(whole.acts_for(Role::Approver, Some(old), at), another);
}

#[test]
fn a_stand_in_acts_in_the_roles_of_another_until_the_end() {
    let department: Uscc = "91350100M000100Y43".parse().unwrap();
    let other: Uscc = "114302000069920125".parse().unwrap();
    let (before, until, after) = [
        "2026-11-30T00:00:00Z",
        "2026-12-01T00:00:00Z",
        "2026-12-02T00:00:00Z",
    ]
    .map(|at| at.parse::<Timestamp>().unwrap())
    .into();
    let stand_in = StandIn {
        from: "city/430100/person/wang.fang".parse().unwrap(),
        roles: [Role::Approver].into(),
        department: Some(department),
        until,
    };
    let own = Rights::new([Role::Consumer], Some(other)).unwrap();
    let rights = own.standing_in(vec![stand_in.clone()]);
    let acts = |role, department, at| rights.acts_for(role, Some(department), at);
    assert_eq!(acts(Role::Consumer, other, before), Some(ActsFor::Itself));
    assert_eq!(acts(Role::Consumer, department, before), None);
    let another = ActsFor::Another(&stand_in);
    assert_eq!(acts(Role::Approver, department, before), Some(another));
    assert_eq!(acts(Role::Approver, other, before), None);
    assert_eq!(rights.acts_for(Role::Approver, None, before), None);
    assert!(rights.may_act_as(Role::Approver, before));
    assert!(rights.as_of(before).roles().contains(&Role::Approver));
    assert!(!rights.as_of(after).roles().contains(&Role::Approver));
    for at in [until, after] {
        assert_eq!(acts(Role::Approver, department, at), None);
        assert!(!rights.may_act_as(Role::Approver, at));
        let ended = rights.ended_stand_in(&[Role::Approver], at);
        assert_eq!(ended, Some(&stand_in));
    }
    let seen = |at| rights.departments(at).unwrap();
    assert_eq!(seen(before), BTreeSet::from([department, other]));
    assert_eq!(seen(after), BTreeSet::from([other]));
    let as_of = |role, at| rights.departments_as(role, at).unwrap();
    assert_eq!(as_of(Role::Consumer, before), BTreeSet::from([other]));
    assert_eq!(as_of(Role::Approver, before), BTreeSet::from([department]));
    assert_eq!(as_of(Role::Approver, after), BTreeSet::new());
    // Seeing all departments does not include acting for all of them.
    let bureau = Rights::new([Role::Consumer], None).unwrap();
    let bureau = bureau.standing_in(vec![stand_in.clone()]);
    assert_eq!(bureau.departments_as(Role::Consumer, before), None);
    let approves = bureau.departments_as(Role::Approver, before);
    assert_eq!(approves, Some(BTreeSet::from([department])));
    let of_the_city = Rights::new([Role::Approver], None).unwrap();
    assert_eq!(of_the_city.departments(before), None);
}

#[test]
fn a_serial_parses_what_it_prints() {
    let serial = Serial([0xa7; 16]);
    assert_eq!(serial.to_string().parse(), Ok(serial));
    for wrong in ["", "a7", &"g".repeat(32), &"a".repeat(33)] {
        assert!(wrong.parse::<Serial>().is_err(), "{wrong}");
    }
}
