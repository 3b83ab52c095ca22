//! Variables (spin.md 1.7).

use serde_json::json;

use crate::support::{App, Start, web};

#[test]
fn a_component_reads_its_own_variables_only_from_environment_dotenv_and_default_in_this_order() {
    let variables = "[component.web.variables]\na = \"{{ one }}\"\nb = \"<{{ two }}>\"\nc = \"{{ three }}\"\n\
                     [component.web.environment]\nHOME_OF = \"ferry\"\n\
                     [variables]\none = { default = \"1\" }\ntwo = { default = \"2\" }\nthree = { default = \"\", secret = true }\n";
    let start = Start {
        env: &[("SPIN_VARIABLE_ONE", "from the environment")],
        dotenv: "SPIN_VARIABLE_ONE=not-this\nSPIN_VARIABLE_TWO='from dotenv'\n",
        ..Start::default()
    };
    let mut app = App::start_with(&web(variables), &start);
    let results = app.steps(
        "/",
        json!([
            {"do": "variable", "name": "a"},
            {"do": "variable", "name": "b"},
            {"do": "variable", "name": "c"},
            {"do": "variable", "name": "one"},
            {"do": "variable", "name": "Not-A-Name"},
            {"do": "environment", "name": "HOME_OF"},
            {"do": "environment", "name": "PATH"},
        ]),
    );
    assert_eq!(results[0], json!({"ok": "from the environment"}));
    assert_eq!(results[1], json!({"ok": "<from dotenv>"}));
    assert_eq!(results[2], json!({"ok": ""}));
    assert!(results[3]["err"].as_str().unwrap().starts_with("Undefined("), "{}", results[3]);
    assert!(results[4]["err"].as_str().unwrap().starts_with("InvalidName("), "{}", results[4]);
    assert_eq!(results[5], json!({"ok": "ferry"}));
    assert_eq!(results[6], json!({"err": "NotPresent"}));
}

#[test]
fn a_required_variable_without_a_value_stops_the_start_and_is_named() {
    let manifest = web("[variables]\nkey = { required = true }\n");
    let said = App::refused(&manifest, &Start::default());
    assert!(said.contains("no value for required variable(s): `key` (set SPIN_VARIABLE_KEY)"), "{said}");
    App::start_with(&manifest, &Start { env: &[("SPIN_VARIABLE_KEY", "")], ..Start::default() });
}
