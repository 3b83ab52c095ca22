//! Looking for dead letters, a page at a time, by what they say.

mod world;

use ferry_sync::webhook::handle;
use http::Request;
use serde_json::{Value, json};
use world::{Given, World};

fn get(world: &World, query: &str) -> Value {
    let request = Request::builder()
        .uri(format!("/flows/galaxy-materials-to-mysql/dead{query}"))
        .header("authorization", "Bearer run-run-run-run-run-run-run")
        .body(Vec::new())
        .unwrap();
    let file = world.flow_file.borrow();
    let answer = handle(world.host(), &world::component(&file), &Given(world.variables()), &request);
    assert_eq!(answer.status(), 200);
    serde_json::from_slice(answer.body()).unwrap()
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["letters"].as_array().unwrap().iter().map(|letter| letter["id"].as_str().unwrap()).collect()
}

/// Ten rows that the target does not take.
fn world_of_letters() -> World {
    let world = World::new(10);
    for row in world.rows.borrow_mut().iter_mut() {
        row.name = format!("bad {}", row.id);
    }
    world.run().ok().unwrap();
    assert_eq!(get(&world, "")["total"], 10);
    world
}

#[test]
fn pages_follow_each_other_and_end() {
    let world = world_of_letters();
    let (mut seen, mut offset) = (Vec::new(), json!(0));
    while let Some(from) = offset.as_u64() {
        let page = get(&world, &format!("?limit=4&offset={from}"));
        assert!(ids(&page).len() <= 4);
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        offset = page["next_offset"].clone();
    }
    let mut all: Vec<String> = ids(&get(&world, "")).into_iter().map(str::to_owned).collect();
    assert_eq!(seen, all);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 10);
}

#[test]
fn the_kind_the_field_and_the_text_narrow_it_down() {
    let world = world_of_letters();
    let all = get(&world, "?details=true");
    let code = all["letters"][0]["code"].as_str().unwrap();
    assert_eq!(all["codes"], json!({code: 10}));
    assert!(all["letters"].as_array().unwrap().iter().all(|letter| letter["message"].is_string()), "{all}");
    assert!(get(&world, "")["letters"][0]["message"].is_null(), "only where it is asked for");
    assert_eq!(ids(&get(&world, &format!("?code={code}&limit=3"))).len(), 3);
    let none = get(&world, "?code=none");
    assert_eq!((&none["total"], ids(&none).len()), (&json!(0), 0));
    let id = ids(&all)[3];
    assert_eq!(ids(&get(&world, &format!("?text={id}"))), [id], "a text, of the id or the record");
    assert_eq!(ids(&get(&world, "?field=no-such-field")).len(), 0);
    let message = all["letters"][0]["message"].as_str().unwrap();
    let word = message.split(|one: char| !one.is_ascii_alphabetic()).find(|word| word.len() > 2).unwrap();
    let found = get(&world, &format!("?text={}", word.to_uppercase()));
    assert!(ids(&found).contains(&ids(&all)[0]), "{message:?}: {found}");
}
