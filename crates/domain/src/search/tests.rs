use proptest::prelude::*;
use serde_json::json;

use super::*;

fn number(value: f64) -> i64 {
    match Comparable::of_number(value) {
        Comparable::Number(number) => number,
        Comparable::Text(text) => panic!("{text}"),
    }
}

proptest! {
    #[test]
    fn numbers_keep_their_order(left in -1e300_f64..1e300, right in -1e300_f64..1e300) {
        prop_assert_eq!(left.partial_cmp(&right), Some(number(left).cmp(&number(right))));
    }

    #[test]
    fn whole_numbers_keep_their_order(left in any::<i32>(), right in any::<i32>()) {
        prop_assert_eq!(left.cmp(&right), number(left.into()).cmp(&number(right.into())));
    }
}

#[test]
fn there_is_one_zero() {
    assert_eq!(number(0.0), number(-0.0));
    assert!(number(-f64::MIN_POSITIVE) < number(0.0));
    assert!(number(0.0) < number(f64::MIN_POSITIVE));
}

#[test]
fn values_are_compared_by_their_kind() {
    let kind = |kind| FieldSchema::new("x", kind);
    let text = |text: &str| Ok(Comparable::Text(text.to_owned()));
    assert_eq!(
        comparable(&kind(FieldKind::String), &json!("Ada")),
        text("ada")
    );
    let exact = FieldSchema {
        case_sensitive: true,
        ..kind(FieldKind::String)
    };
    assert_eq!(comparable(&exact, &json!("Ada")), text("Ada"));
    assert_eq!(
        comparable(&kind(FieldKind::Date), &json!("1990-05-17")),
        text("1990-05-17")
    );
    assert_eq!(
        comparable(
            &kind(FieldKind::Datetime),
            &json!("1970-01-01T01:00:01+01:00")
        ),
        Ok(Comparable::Number(1000))
    );
    assert_eq!(
        comparable(&kind(FieldKind::Boolean), &json!(true)),
        Ok(Comparable::Number(1))
    );
    assert_eq!(
        comparable(&kind(FieldKind::Integer), &json!(3)),
        Ok(Comparable::of_number(3.0))
    );
    for (wrong, value) in [
        (FieldKind::String, json!(3)),
        (FieldKind::Number, json!("3")),
        (FieldKind::Date, json!("17 May")),
        (FieldKind::Boolean, json!("true")),
        (FieldKind::Hash, json!({})),
    ] {
        assert!(comparable(&kind(wrong), &value).is_err(), "{wrong:?}");
    }
}
