//! Every action on every status.

use super::{NOW, World, later, names};
use crate::Timestamp;
use crate::event::Happening;
use crate::inquiry::{
    Decision, Inquiry, Intervals, Resumption, Status, UpdateInquiry, change_tags, complete, decide,
    expire, fail, is_due, redact, resume, start, update,
};
use crate::{Refusal, RefusalKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Start,
    Complete,
    Fail,
    Expire,
    Resume,
    Approve,
    Decline,
    Review,
    Redact,
}

const ACTIONS: [Action; 9] = [
    Action::Start,
    Action::Complete,
    Action::Fail,
    Action::Expire,
    Action::Resume,
    Action::Approve,
    Action::Decline,
    Action::Review,
    Action::Redact,
];

/// What the rules say: the status afterwards, or the conflict's details.
fn expected(action: Action, from: Status) -> Result<Status, String> {
    use Status as S;
    let word = from.as_str();
    match (action, from) {
        (Action::Start, S::Created) | (Action::Resume, S::Pending | S::Expired) => Ok(S::Pending),
        (Action::Start, _) => Err(format!("Inquiry cannot be started when it is {word}")),
        (Action::Complete, S::Created | S::Pending) => Ok(S::Completed),
        (Action::Complete, _) => Err(format!("Inquiry cannot be completed when it is {word}")),
        (Action::Fail, S::Created | S::Pending) => Ok(S::Failed),
        (Action::Fail, _) => Err(format!("Inquiry cannot be failed when it is {word}")),
        (Action::Expire, S::Created | S::Pending) => Ok(S::Expired),
        (Action::Expire, S::Expired) => Err("Inquiry already expired".into()),
        (Action::Expire, _) => Err(format!("Inquiry cannot be expired when it is {word}")),
        (Action::Resume, S::Created) => Ok(S::Created),
        (Action::Resume, _) => Err("Inquiry cannot be resumed".into()),
        (Action::Approve | Action::Review, S::Approved) => Err("Inquiry already approved".into()),
        (Action::Decline | Action::Review, S::Declined) => Err("Inquiry already declined".into()),
        (Action::Review, S::NeedsReview) => Err("Inquiry already marked for review".into()),
        (Action::Approve, _) => Ok(S::Approved),
        (Action::Decline, _) => Ok(S::Declined),
        (Action::Review, _) => Ok(S::NeedsReview),
        (Action::Redact, same) => Ok(same),
    }
}

fn event(action: Action, from: Status) -> Option<&'static str> {
    Some(match action {
        Action::Start => "inquiry.started",
        Action::Complete => "inquiry.completed",
        Action::Fail => "inquiry.failed",
        Action::Expire => "inquiry.expired",
        // I6: none, whether it reopens or finds the inquiry open.
        Action::Resume => {
            let _ = from;
            return None;
        }
        Action::Approve => "inquiry.approved",
        Action::Decline => "inquiry.declined",
        Action::Review => "inquiry.marked-for-review",
        Action::Redact => "inquiry.redacted",
    })
}

/// An inquiry that reached `status` the ordinary way, at [`NOW`].
fn reached(world: &mut World, status: Status) -> Inquiry {
    let mut inquiry = world.inquiry();
    let way: &[Action] = match status {
        Status::Created => &[],
        Status::Pending => &[Action::Start],
        Status::Completed => &[Action::Start, Action::Complete],
        Status::Failed => &[Action::Start, Action::Fail],
        Status::Expired => &[Action::Expire],
        Status::NeedsReview => &[Action::Start, Action::Review],
        Status::Approved => &[Action::Start, Action::Approve],
        Status::Declined => &[Action::Start, Action::Decline],
    };
    for action in way {
        act(world, &mut inquiry, *action, NOW).unwrap();
    }
    assert_eq!(inquiry.status, status);
    inquiry
}

fn act(
    world: &World,
    inquiry: &mut Inquiry,
    action: Action,
    now: Timestamp,
) -> Result<Vec<Happening>, Refusal> {
    match action {
        Action::Start => start(inquiry, &world.template, now),
        Action::Complete => complete(inquiry, now),
        Action::Fail => fail(inquiry, now),
        Action::Expire => expire(inquiry, now),
        Action::Resume => resume(inquiry, &world.template, now).map(|_| Vec::new()),
        Action::Approve => decide(inquiry, Decision::Approve, Some("yes".into()), now),
        Action::Decline => decide(inquiry, Decision::Decline, Some("no".into()), now),
        Action::Review => decide(inquiry, Decision::MarkForReview, None, now),
        Action::Redact => redact(inquiry, now),
    }
}

#[test]
fn i1_to_i10_every_action_on_every_status_does_what_the_table_says() {
    let mut world = World::full();
    let at = later(60);
    for from in Status::ALL {
        for action in ACTIONS {
            let before = reached(&mut world, from);
            let mut inquiry = before.clone();
            let outcome = act(&world, &mut inquiry, action, at);
            match expected(action, from) {
                Ok(to) => {
                    let happenings = outcome.unwrap_or_else(|refusal| {
                        panic!("{action:?} on {from:?} was refused: {refusal}")
                    });
                    assert_eq!(inquiry.status, to, "{action:?} on {from:?}");
                    let event: Vec<_> = event(action, from).into_iter().collect();
                    assert_eq!(names(&happenings), event, "{action:?} on {from:?}");
                }
                Err(details) => {
                    let refusal = outcome.expect_err("a refusal");
                    assert_eq!(
                        refusal.kind,
                        RefusalKind::Conflict,
                        "{action:?} on {from:?}"
                    );
                    assert_eq!(refusal.details.as_deref(), Some(details.as_str()));
                    assert_eq!(inquiry, before, "a refusal changes nothing");
                }
            }
        }
    }
}

/// The moments an inquiry shows, by name (I28).
fn moments(inquiry: &Inquiry) -> [(&'static str, Option<Timestamp>); 8] {
    let detail = &inquiry.detail;
    [
        ("started", detail.started_at),
        ("expires", inquiry.expires_at),
        ("completed", detail.completed_at),
        ("failed", detail.failed_at),
        ("marked", detail.marked_for_review_at),
        ("decisioned", detail.decisioned_at),
        ("expired", detail.expired_at),
        ("redacted", inquiry.redacted_at),
    ]
}

#[test]
fn i1_to_i10_each_action_sets_its_own_times_and_leaves_the_others() {
    let mut world = World::full();
    let at = later(60);
    let day = 86_400;
    for from in Status::ALL {
        for action in ACTIONS {
            if expected(action, from).is_err() {
                continue;
            }
            let before = reached(&mut world, from);
            let mut inquiry = before.clone();
            act(&world, &mut inquiry, action, at).unwrap();
            let mut wanted = moments(&before);
            let mut set = |name: &str, value| {
                let slot = wanted.iter_mut().find(|(known, _)| *known == name);
                slot.expect("a moment").1 = value;
            };
            match action {
                Action::Start => {
                    set("started", Some(at));
                    set("expires", Some(at.plus_seconds(day)));
                }
                Action::Complete => {
                    set("completed", Some(at));
                    set("expires", None);
                }
                Action::Fail => {
                    set("failed", Some(at));
                    set("expires", None);
                }
                Action::Expire => set("expired", Some(at)),
                Action::Resume if from == Status::Expired => {
                    set("started", Some(at));
                    set("expires", Some(at.plus_seconds(day)));
                    set("expired", None);
                }
                Action::Resume => {}
                Action::Approve | Action::Decline => {
                    set("decisioned", Some(at));
                    set("expires", None);
                }
                Action::Review => {
                    set("marked", Some(at));
                    set("expires", None);
                }
                Action::Redact => set("redacted", Some(at)),
            }
            assert_eq!(moments(&inquiry), wanted, "{action:?} on {from:?}");
            let touched = !(action == Action::Resume && from != Status::Expired);
            let updated = if touched { at } else { before.updated_at };
            assert_eq!(inquiry.updated_at, updated, "{action:?} on {from:?}");
            assert_eq!(inquiry.created_at, NOW);
        }
    }
}

#[test]
fn i71_a_redacted_inquiry_refuses_everything_in_one_sentence() {
    let mut world = World::full();
    for from in Status::ALL {
        let mut redacted = reached(&mut world, from);
        redact(&mut redacted, NOW).unwrap();
        for action in ACTIONS {
            let mut inquiry = redacted.clone();
            let refusal = act(&world, &mut inquiry, action, later(60)).expect_err("a refusal");
            assert_eq!(refusal.status(), 409, "{action:?} on {from:?}");
            assert_eq!(refusal.details.as_deref(), Some("Inquiry already redacted"));
            assert_eq!(inquiry, redacted);
        }
        let changed = update(
            redacted.clone(),
            &world.template,
            &world.version,
            UpdateInquiry::default(),
            later(60),
        );
        assert_eq!(changed.unwrap_err().status(), 409);
        assert_eq!(
            change_tags(redacted, vec!["a".into()], later(60))
                .unwrap_err()
                .status(),
            409
        );
    }
}

#[test]
fn i37_a_redacted_inquiry_never_falls_due() {
    let mut world = World::full();
    for open in [Status::Created, Status::Pending] {
        let mut inquiry = reached(&mut world, open);
        assert!(is_due(&inquiry, later(86_400)));
        redact(&mut inquiry, NOW).unwrap();
        assert!(!is_due(&inquiry, later(10 * 86_400)), "{open:?}");
    }
}

#[test]
fn i12_a_decision_can_be_turned_round_and_its_comment_is_the_last_one() {
    let mut world = World::full();
    let mut inquiry = reached(&mut world, Status::Completed);
    let mut turn = |decision, comment: Option<&str>, at| {
        decide(&mut inquiry, decision, comment.map(str::to_owned), at).unwrap();
        (
            inquiry.status,
            inquiry.detail.reviewer_comment.clone(),
            inquiry.detail.decisioned_at,
        )
    };
    assert_eq!(
        turn(Decision::MarkForReview, Some("look"), later(1)),
        (Status::NeedsReview, Some("look".into()), None)
    );
    assert_eq!(
        turn(Decision::Approve, Some("fine"), later(2)),
        (Status::Approved, Some("fine".into()), Some(later(2)))
    );
    assert_eq!(
        turn(Decision::Decline, None, later(3)),
        (Status::Declined, None, Some(later(3)))
    );
    assert_eq!(
        turn(Decision::Approve, Some("after all"), later(4)),
        (Status::Approved, Some("after all".into()), Some(later(4)))
    );
}

#[test]
fn i18_to_i20_an_interval_of_the_inquiry_beats_the_template_and_start_falls_back_to_create() {
    // Template's create, start, resume; inquiry's create, start, resume; expected after each.
    type Row = ((i64, Option<i64>, i64), [Option<i64>; 3], [i64; 3]);
    let table: [Row; 5] = [
        ((100, None, 300), [None, None, None], [100, 100, 300]),
        ((100, Some(200), 300), [None, None, None], [100, 200, 300]),
        ((100, None, 300), [Some(7), None, None], [7, 7, 300]),
        ((100, Some(200), 300), [Some(7), None, Some(9)], [7, 200, 9]),
        (
            (100, Some(200), 300),
            [Some(7), Some(8), Some(9)],
            [7, 8, 9],
        ),
    ];
    for ((create, start_after, resume_after), own, wanted) in table {
        let mut world = World::full();
        let settings = &mut world.template.settings.expiration;
        settings.after_create = create;
        settings.after_start = start_after;
        settings.after_resume = resume_after;
        let mut command = world.command();
        command.intervals = Intervals {
            after_create: own[0],
            after_start: own[1],
            after_resume: own[2],
            one_time_link: None,
        };
        let (mut inquiry, _) = world.create(command).unwrap();
        assert_eq!(inquiry.expires_at, Some(later(wanted[0])));
        start(&mut inquiry, &world.template, later(10)).unwrap();
        assert_eq!(inquiry.expires_at, Some(later(10 + wanted[1])));
        expire(&mut inquiry, later(20)).unwrap();
        let resumed = resume(&mut inquiry, &world.template, later(30)).unwrap();
        assert_eq!(resumed, Resumption::Reopened);
        assert_eq!(inquiry.expires_at, Some(later(30 + wanted[2])));
        assert_eq!(inquiry.detail.started_at, Some(later(10)), "I6 keeps it");
    }
}

#[test]
fn i47_resuming_an_open_inquiry_moves_nothing() {
    let mut world = World::full();
    for open in [Status::Created, Status::Pending] {
        let mut inquiry = reached(&mut world, open);
        let before = inquiry.clone();
        let resumed = resume(&mut inquiry, &world.template, later(60)).unwrap();
        assert_eq!(resumed, Resumption::StillOpen);
        assert_eq!(inquiry, before);
    }
}

#[test]
fn i24_only_created_and_pending_fall_due_and_they_do_so_at_the_very_moment() {
    let mut world = World::full();
    for status in Status::ALL {
        let inquiry = reached(&mut world, status);
        let open = matches!(status, Status::Created | Status::Pending);
        assert!(!is_due(&inquiry, later(86_399)), "{status:?}");
        assert_eq!(is_due(&inquiry, later(86_400)), open, "{status:?}");
    }
}

#[test]
fn i41_an_update_of_a_finished_inquiry_fires_no_status_event_and_tags_fire_their_own() {
    let mut world = World::full();
    for status in Status::ALL {
        let inquiry = reached(&mut world, status);
        let command = UpdateInquiry {
            note: Some(Some("vip".into())),
            fields: super::fields(serde_json::json!({"name_first": "Ada"})),
            tags: Some(vec!["a".into(), "b".into(), "a".into()]),
            redirect_uri: Some(Some("https://shop.example.test/".into())),
        };
        let (changed, happenings) =
            update(inquiry, &world.template, &world.version, command, later(5))
                .expect("any status");
        assert_eq!(changed.status, status);
        assert_eq!(names(&happenings), ["inquiry.updated-tags"]);
        let context = serde_json::Value::Object(happenings[0].context.clone());
        assert_eq!(
            context,
            serde_json::json!({"added-tags": ["a", "b"], "removed-tags": []})
        );
        assert_eq!(changed.note.as_deref(), Some("vip"));
        assert_eq!(changed.detail.fields["name-first"], "Ada");
        assert_eq!(changed.updated_at, later(5));
    }
}

#[test]
fn an_update_that_changes_nothing_leaves_the_time_and_fires_nothing() {
    let mut world = World::full();
    let inquiry = world.inquiry();
    let (same, happenings) = update(
        inquiry.clone(),
        &world.template,
        &world.version,
        UpdateInquiry::default(),
        later(5),
    )
    .unwrap();
    assert_eq!(same, inquiry);
    assert!(happenings.is_empty());
}

#[test]
fn i68_i69_redaction_nulls_values_note_and_tags_and_keeps_status_and_times() {
    let mut world = World::full();
    let mut command = world.command();
    command.note = Some("secret".into());
    command.tags = vec!["vip".into()];
    command.prefill =
        crate::inquiry::Prefill::Api(super::fields(serde_json::json!({"name-first": "Ada"})));
    let (mut inquiry, _) = world.create(command).unwrap();
    start(&mut inquiry, &world.template, NOW).unwrap();
    complete(&mut inquiry, NOW).unwrap();
    redact(&mut inquiry, later(9)).unwrap();
    assert_eq!(inquiry.status, Status::Completed);
    assert_eq!(inquiry.detail.completed_at, Some(NOW));
    assert_eq!(inquiry.note, None);
    assert!(inquiry.detail.tags.is_empty());
    assert!(
        inquiry.detail.origins.is_empty(),
        "first values are personal too"
    );
    assert!(
        inquiry
            .detail
            .fields
            .values()
            .all(serde_json::Value::is_null)
    );
    assert_eq!(
        inquiry.detail.fields.len(),
        world.version.definition.fields.len()
    );
}
