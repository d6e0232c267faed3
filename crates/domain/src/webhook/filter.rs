//! Which payloads a webhook gets (W20–W24).

use serde_json::{Map, Number, Value};

/// W24.
pub const LARGEST_FILTER: usize = 16_384;
/// W24.
pub const DEEPEST_FILTER: usize = 32;

const OR: &str = "$or";
/// What a payload has.
const OF_PAYLOAD: [&str; 2] = ["data", "included"];

/// What is wrong with a filter, and where: the keys and indexes that lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterProblem {
    pub path: Vec<String>,
    pub problem: String,
}

/// JSON that is to be a part of a payload.
#[derive(Debug, Clone, PartialEq)]
pub struct PayloadFilter(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Any(Vec<Node>),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Scalar(Value),
}

impl PayloadFilter {
    /// Of a filter as it was sent.
    pub fn parse(filter: &Map<String, Value>) -> Result<Self, FilterProblem> {
        let mut path = Vec::new();
        let problem = |problem: String| FilterProblem {
            path: Vec::new(),
            problem,
        };
        let size = serde_json::to_vec(filter).map_or(usize::MAX, |text| text.len());
        if size > LARGEST_FILTER {
            return Err(problem(format!("must take at most {LARGEST_FILTER} bytes")));
        }
        object(filter, true, &mut path).map(Self)
    }

    /// Whether the payload has all of it.
    pub fn matches(&self, payload: &Value) -> bool {
        self.0.matches(payload)
    }
}

impl Node {
    fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any(alternatives), value) => alternatives.iter().any(|node| node.matches(value)),
            (Self::Object(members), Value::Object(there)) => members
                .iter()
                .all(|(key, node)| there.get(key).is_some_and(|value| node.matches(value))),
            (Self::Array(items), Value::Array(there)) => items
                .iter()
                .all(|node| there.iter().any(|value| node.matches(value))),
            (Self::Scalar(Value::Number(wanted)), Value::Number(there)) => same(wanted, there),
            (Self::Scalar(wanted), there) => wanted == there,
            (Self::Object(_) | Self::Array(_), _) => false,
        }
    }
}

/// 1 and 1.0 are one number.
fn same(wanted: &Number, there: &Number) -> bool {
    wanted == there || (wanted.is_f64() || there.is_f64()) && wanted.as_f64() == there.as_f64()
}

/// `is_payload`: it stands for a whole payload.
fn node(value: &Value, is_payload: bool, path: &mut Vec<String>) -> Result<Node, FilterProblem> {
    match value {
        Value::Object(members) => object(members, is_payload, path),
        _ if is_payload => Err(wrong(path, "must be an object")),
        Value::Array(items) => {
            deeper(path)?;
            nodes(items, false, path).map(Node::Array)
        }
        scalar => Ok(Node::Scalar(scalar.clone())),
    }
}

fn object(
    members: &Map<String, Value>,
    is_payload: bool,
    path: &mut Vec<String>,
) -> Result<Node, FilterProblem> {
    deeper(path)?;
    if let Some(alternatives) = members.get(OR) {
        if members.len() > 1 {
            return Err(wrong(path, "must have nothing beside $or"));
        }
        path.push(OR.to_owned());
        let Value::Array(alternatives) = alternatives else {
            return Err(wrong(path, "must be an array"));
        };
        if alternatives.is_empty() {
            return Err(wrong(path, "must not be empty"));
        }
        let alternatives = nodes(alternatives, is_payload, path)?;
        path.pop();
        return Ok(Node::Any(alternatives));
    }
    let mut read = Vec::with_capacity(members.len());
    for (key, value) in members {
        path.push(key.clone());
        if is_payload && !OF_PAYLOAD.contains(&key.as_str()) {
            return Err(wrong(
                path,
                "is in no payload; a filter begins with data, included or $or",
            ));
        }
        read.push((key.clone(), node(value, false, path)?));
        path.pop();
    }
    Ok(Node::Object(read))
}

fn nodes(
    items: &[Value],
    is_payload: bool,
    path: &mut Vec<String>,
) -> Result<Vec<Node>, FilterProblem> {
    let mut read = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        path.push(index.to_string());
        read.push(node(item, is_payload, path)?);
        path.pop();
    }
    Ok(read)
}

fn deeper(path: &[String]) -> Result<(), FilterProblem> {
    if path.len() >= DEEPEST_FILTER {
        return Err(wrong(
            path,
            &format!("is nested deeper than {DEEPEST_FILTER}"),
        ));
    }
    Ok(())
}

fn wrong(path: &[String], problem: &str) -> FilterProblem {
    FilterProblem {
        path: path.to_vec(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parse(filter: &Value) -> Result<PayloadFilter, FilterProblem> {
        PayloadFilter::parse(filter.as_object().expect("an object"))
    }

    /// A filter of `data`, whatever it is.
    fn of_data(filter: &Value, data: &Value) -> bool {
        let filter = parse(&json!({"data": filter})).expect("a filter");
        filter.matches(&json!({"data": data, "included": []}))
    }

    #[test]
    fn w20_w21_objects_scalars_and_arrays_match_as_a_part_of_what_is_there() {
        let there = json!({
            "type": "inquiry",
            "attributes": {"status": "approved", "note": null, "tags": ["a", "b"], "score": 7},
            "relationships": {"reports": {"data": [{"type": "report", "id": "rep_1"}, {"type": "report", "id": "rep_2"}]}},
        });
        for (filter, expected) in [
            (json!({}), true),
            (json!({"type": "inquiry"}), true),
            (json!({"type": "account"}), false),
            (json!({"type": ["inquiry"]}), false),
            (json!({"attributes": {"status": "approved"}}), true),
            (json!({"attributes": {"status": "Approved"}}), false),
            (
                json!({"attributes": {"status": "approved", "score": 7}}),
                true,
            ),
            (
                json!({"attributes": {"status": "approved", "score": 8}}),
                false,
            ),
            (json!({"attributes": {"score": 7.0}}), true),
            (json!({"attributes": {"score": "7"}}), false),
            (json!({"attributes": {"note": null}}), true),
            (json!({"attributes": {"absent": null}}), false),
            (json!({"attributes": {"tags": []}}), true),
            (json!({"attributes": {"tags": ["b"]}}), true),
            (json!({"attributes": {"tags": ["b", "a", "b"]}}), true),
            (json!({"attributes": {"tags": ["b", "c"]}}), false),
            (json!({"attributes": {"tags": "a"}}), false),
            (json!({"attributes": {"tags": {}}}), false),
            (json!({"attributes": []}), false),
            (
                json!({"relationships": {"reports": {"data": [{"id": "rep_2"}]}}}),
                true,
            ),
            (
                json!({"relationships": {"reports": {"data": [{"id": "rep_2", "type": "case"}]}}}),
                false,
            ),
            (json!({"Attributes": {}}), false),
        ] {
            assert_eq!(of_data(&filter, &there), expected, "{filter}");
        }
    }

    #[test]
    fn w22_any_alternative_will_do_in_every_place() {
        let there = json!({"status": "approved", "tags": ["a"], "fields": {"x": 1}});
        for (filter, expected) in [
            (
                json!({"$or": [{"status": "declined"}, {"status": "approved"}]}),
                true,
            ),
            (json!({"$or": [{"status": "declined"}]}), false),
            (json!({"status": {"$or": ["approved", "declined"]}}), true),
            (json!({"status": {"$or": ["failed", null]}}), false),
            (
                json!({"status": {"$or": [{"$or": ["failed", "approved"]}]}}),
                true,
            ),
            (json!({"tags": [{"$or": ["b", "a"]}]}), true),
            (json!({"tags": [{"$or": ["b", "c"]}]}), false),
            (
                json!({"fields": {"$or": [{"x": 2}, {"x": 1}]}, "status": "approved"}),
                true,
            ),
            (
                json!({"fields": {"$or": [{"x": 2}, {"x": 1}]}, "status": "declined"}),
                false,
            ),
        ] {
            assert_eq!(of_data(&filter, &there), expected, "{filter}");
        }
        let whole =
            json!({"$or": [{"data": {"status": "approved"}}, {"data": {"status": "declined"}}]});
        assert!(parse(&whole).unwrap().matches(&json!({"data": there})));
        assert!(parse(&json!({})).unwrap().matches(&json!({})));
    }

    #[test]
    fn w23_w24_what_no_payload_could_match_is_refused_with_its_place() {
        let mut deep = json!(1);
        for _ in 0..DEEPEST_FILTER {
            deep = json!([deep]);
        }
        let long = json!({"data": {"name": "x".repeat(LARGEST_FILTER)}});
        for (filter, place, problem) in [
            (
                json!({"status": 1}),
                "status",
                "is in no payload; a filter begins with data, included or $or",
            ),
            (
                json!({"data": {"$or": []}}),
                "data/$or",
                "must not be empty",
            ),
            (
                json!({"data": {"$or": {"a": 1}}}),
                "data/$or",
                "must be an array",
            ),
            (
                json!({"data": {"$or": [1], "a": 1}}),
                "data",
                "must have nothing beside $or",
            ),
            (
                json!({"$or": [{"data": {}}, 1]}),
                "$or/1",
                "must be an object",
            ),
            (
                json!({"$or": [{"status": 1}]}),
                "$or/0/status",
                "is in no payload; a filter begins with data, included or $or",
            ),
            (long, "", "must take at most 16384 bytes"),
        ] {
            let refused = parse(&filter).unwrap_err();
            assert_eq!(
                (refused.path.join("/"), refused.problem.as_str()),
                (place.to_owned(), problem)
            );
        }
        let refused = parse(&json!({"data": deep})).unwrap_err();
        assert_eq!(refused.path.len(), DEEPEST_FILTER);
        assert!(refused.problem.contains("nested deeper than 32"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        json_of("[abc]")
    }

    /// With alternatives, some of them in places where none can be.
    fn any_filter() -> impl Strategy<Value = Value> {
        json_of("a|b|\\$or")
    }

    fn json_of(keys: &'static str) -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..4_i32).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((keys, inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// What is left of a value when some of its members and elements are taken away.
    fn part_of(value: &Value, keep: u64) -> Value {
        let kept = |index: &usize| keep.rotate_right(u32::try_from(*index).unwrap_or(0)) & 1 == 0;
        let below = |value: &Value| part_of(value, keep.rotate_right(5));
        match value {
            Value::Object(members) => {
                let left = members.iter().enumerate().filter(|(index, _)| kept(index));
                let left = left.map(|(_, (key, value))| (key.clone(), below(value)));
                Value::Object(left.collect())
            }
            Value::Array(items) => {
                let left = items.iter().enumerate().filter(|(index, _)| kept(index));
                left.map(|(_, item)| below(item)).collect()
            }
            scalar => scalar.clone(),
        }
    }

    proptest! {
        #[test]
        fn every_part_of_a_payload_matches_it(value in any_json(), keep in any::<u64>()) {
            prop_assert!(of_data(&part_of(&value, keep), &value));
        }

        #[test]
        fn alternatives_match_where_one_of_them_does(value in any_json(), left in any_json(), right in any_json()) {
            let either = of_data(&json!({"$or": [left, right]}), &value);
            prop_assert_eq!(either, of_data(&left, &value) || of_data(&right, &value));
        }

        #[test]
        fn two_keys_match_where_each_does(value in any_json(), left in any_json(), right in any_json()) {
            let there = json!({"l": value, "r": value});
            let both = of_data(&json!({"l": left, "r": right}), &there);
            prop_assert_eq!(both, of_data(&left, &value) && of_data(&right, &value));
        }

        #[test]
        fn what_is_refused_is_at_the_place_that_is_told(filter in any_filter()) {
            if let Err(refused) = parse(&json!({"data": filter})) {
                let place: String = refused.path.iter().map(|key| format!("/{key}")).collect();
                prop_assert!(json!({"data": filter}).pointer(&place).is_some(), "{}", place);
            }
        }
    }
}
