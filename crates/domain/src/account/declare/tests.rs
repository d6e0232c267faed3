use super::*;
use crate::account::default_fields;

fn organisation() -> OrganisationId {
    OrganisationId::from_trusted("org_1".into())
}

fn user() -> AccountType {
    AccountType {
        is_default: true,
        fields: default_fields(),
        statuses: vec![AccountStatus {
            id: AccountStatusId::from_trusted("actst_1".into()),
            name: "Default".into(),
            active: true,
        }],
        default_status: "Default".into(),
        ..new_type(
            &organisation(),
            "User",
            Timestamp::from_millis(0),
            &mut Entropy::seeded(1),
        )
    }
}

fn declared(kind: &AccountType) -> DeclaredType {
    DeclaredType::of(kind, std::slice::from_ref(kind))
}

fn apply(there: &[AccountType], wanted: &[DeclaredType]) -> Result<Vec<AccountType>, Vec<String>> {
    let now = Timestamp::from_millis(9000);
    declare(&organisation(), there, wanted, now, &mut Entropy::seeded(2))
}

fn text(key: &str) -> DeclaredField {
    DeclaredField::of(&FieldSchema::new(key, FieldKind::String))
}

fn refused(there: &[AccountType], wanted: &[DeclaredType], part: &str) {
    let problems = apply(there, wanted).unwrap_err();
    assert!(
        problems.iter().any(|problem| problem.contains(part)),
        "{part}: {problems:?}"
    );
}

#[test]
fn a62_what_is_there_declared_as_it_is_changes_nothing() {
    let user = user();
    let same = apply(std::slice::from_ref(&user), &[declared(&user)]).unwrap();
    assert_eq!(same, [user]);
}

#[test]
fn a62_a_type_is_found_by_its_id_or_its_name_and_else_made() {
    let user = user();
    let there = std::slice::from_ref(&user);
    let mut renamed = declared(&user);
    renamed.name = "Person".into();
    let types = apply(there, &[renamed.clone()]).unwrap();
    assert_eq!((types.len(), types[0].name.as_str()), (1, "Person"));
    assert_eq!(types[0].updated_at, Timestamp::from_millis(9000));
    renamed.id = None;
    let types = apply(there, &[renamed.clone()]).unwrap();
    assert_eq!(types.len(), 2);
    assert_eq!(types[0], user);
    assert!(!types[1].is_default);
    renamed.id = Some("acttp_nobody".into());
    refused(there, &[renamed], "there is no account type acttp_nobody");
    refused(there, &[declared(&user), declared(&user)], "declared twice");
}

#[test]
fn a63_keys_and_kinds_stay() {
    let user = user();
    let there = std::slice::from_ref(&user);
    let mut wanted = declared(&user);
    let gone = wanted.fields.pop().unwrap();
    refused(there, &[wanted.clone()], "field country_code is missing");
    wanted.fields.push(DeclaredField {
        kind: FieldKind::Number,
        ..gone
    });
    refused(there, &[wanted], "country_code is of the kind string");
    let mut wanted = declared(&user);
    wanted.fields[0].members.pop();
    refused(there, &[wanted], "field name.last is missing");
}

#[test]
fn a64_only_a_string_at_the_top_identifies_and_only_an_identifier_is_unique() {
    let user = user();
    let there = std::slice::from_ref(&user);
    let with = |field: DeclaredField| {
        let mut wanted = declared(&user);
        wanted.fields.push(field);
        [wanted]
    };
    let number = text("customer_number");
    let unique = DeclaredField {
        unique: true,
        ..number.clone()
    };
    refused(there, &with(unique.clone()), "so must be an identifier");
    let unique = DeclaredField {
        identifier: true,
        ..unique
    };
    assert!(apply(there, &with(unique.clone())).is_ok());
    let numeric = DeclaredField {
        kind: FieldKind::Number,
        ..unique.clone()
    };
    refused(there, &with(numeric), "only a string at the top can");
    for key in ["reference_id", "Upper", "", "1st", "a-b", "email_address"] {
        let mut wanted = with(text(key));
        wanted[0].name = "User".into();
        assert!(apply(there, &wanted).is_err(), "{key}");
    }
    let before = apply(there, &with(unique.clone())).unwrap();
    let other_case = DeclaredField {
        case_sensitive: true,
        ..unique
    };
    refused(&before, &with(other_case), "can be changed while it is not");
}

#[test]
fn a65_a_default_status_is_an_active_one_and_known_ones_keep_their_ids() {
    let user = user();
    let there = std::slice::from_ref(&user);
    let mut wanted = declared(&user);
    wanted.statuses.push(DeclaredStatus {
        name: "Frozen".into(),
        active: true,
    });
    wanted.default_status = "Frozen".into();
    let types = apply(there, &[wanted.clone()]).unwrap();
    assert_eq!(types[0].statuses[0], user.statuses[0]);
    assert_eq!(types[0].default_status, "Frozen");
    wanted.statuses[1].active = false;
    refused(there, &[wanted.clone()], "default-status Frozen");
    wanted.statuses.push(wanted.statuses[0].clone());
    refused(there, &[wanted], "status Default is there twice");
}

#[test]
fn a58_relations_are_declared_in_pairs_and_not_many_to_many() {
    let user = user();
    let there = std::slice::from_ref(&user);
    let relation = |key: &str, inverse: &str, many| DeclaredRelation {
        key: key.into(),
        target: "User".into(),
        inverse: inverse.into(),
        many,
    };
    let with = |relations: Vec<DeclaredRelation>| {
        [DeclaredType {
            relations,
            ..declared(&user)
        }]
    };
    let children = relation("children", "parent", true);
    refused(there, &with(vec![children.clone()]), "needs parent of User");
    let pair = vec![children.clone(), relation("parent", "children", false)];
    assert_eq!(apply(there, &with(pair)).unwrap()[0].relations.len(), 2);
    let many = vec![children, relation("parent", "children", true)];
    refused(there, &with(many), "cannot both be many");
    let single = vec![relation("spouse", "spouse", false)];
    assert!(apply(there, &with(single)).is_ok());
    let mut nowhere = relation("owner", "owned", false);
    nowhere.target = "Company".into();
    refused(there, &with(vec![nowhere]), "which is no account type");
}
