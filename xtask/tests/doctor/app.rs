use crate::scene::{Scene, asides, says, shown};
use ferry_simulators::okki::{Config, Okki};
use serde_json::{Value, json};
use std::process::Command;
use xtask::doctor::Status;
use xtask::doctor::finding::Severity;
use xtask::doctor::variables::Variables;

fn okki_to_wise() -> Value {
    json!({"name": "one", "source": {"platform": "okki", "account": "okki"}, "target": {"platform": "wise", "account": "wise"}})
}

#[test]
fn one_who_has_a_single_system_is_warned_of_the_others_and_told_about_flows_enabled() {
    let okki = Okki::start(Config::default()).unwrap();
    let only_okki = || {
        Scene::new()
            .flow("one", okki_to_wise())
            .set("okki_scheme", "http")
            .set("okki_host", okki.address().to_string())
            .set("okki_client_id", okki.credentials().client_id)
            .set("okki_client_secret", okki.credentials().client_secret)
    };
    let report = only_okki().examine();
    assert_eq!(report.exit_code(), 0, "{}", shown(&report));
    assert_eq!(asides(&report), ["not_set_up"]);
    let states: Vec<_> = report.accounts.iter().map(|it| (it.account.as_str(), it.status)).collect();
    assert_eq!(states, [("okki", Status::Good), ("wise", Status::NotSetUp)]);
    let finding = report.findings().next().unwrap();
    says(finding, "SPIN_VARIABLE_FLOWS_ENABLED", "SPIN_VARIABLE_FLOWS_ENABLED");
    says(finding, "wise_authority_code is not set. It is the authority code", "wise_authority_code 未设置");
    // Asked for by name it is a problem.
    only_okki().set("flows_enabled", "one").finds("not_set_up", "wise_host", "wise_host");
}

#[test]
fn with_nothing_set_up_at_all_every_account_is_a_problem() {
    let report = Scene::new().flow("one", okki_to_wise()).examine();
    assert_eq!((report.exit_code(), report.findings().count()), (1, 2));
    assert!(report.findings().all(|it| it.code == "not_set_up" && it.severity == Severity::Problem));
}

#[test]
fn flows_that_are_not_enabled_are_left_alone_and_unknown_ones_named() {
    let report = Scene::new().flow("one", okki_to_wise()).set("flows_enabled", "two").examine();
    assert_eq!(report.not_enabled, ["one"]);
    assert!(report.accounts.is_empty());
    let finding = report.findings().next().unwrap();
    assert_eq!(finding.code, "unknown_flow");
    says(finding, "There are: one", "可用的流程：one");
}

#[test]
fn secrets_of_the_app_that_are_too_short_are_told_and_not_shown() {
    let none = Scene::new();
    none.set("state_key", "short-key").finds("state_key", "9 characters", "9 个字符");
    Scene::new().set("run_token", "short-token").finds(
        "token_too_short",
        "run_token has 11",
        "run_token 只有 11",
    );
    let report = Scene::new().set("admin_token", "").examine();
    assert_eq!((report.exit_code(), asides(&report)), (0, vec!["no_token"]));
    says(report.findings().next().unwrap(), "openssl rand -hex 24", "SPIN_VARIABLE_ADMIN_TOKEN");
}

#[test]
fn one_malformed_host_denies_all_and_that_is_said() {
    let galaxy = json!({"name": "one", "source": {"platform": "galaxy", "account": "galaxy"}});
    for host in ["https://erp.example.com", "erp.example.com/k3cloud", "erp example"] {
        let report = Scene::new().flow("one", galaxy.clone()).set("galaxy_host", host).examine();
        let finding = report.findings().find(|it| it.code == "outbound_denied").expect("it is found");
        says(finding, "denies *all* calls of one", "*全部*出站调用");
        assert!(
            report
                .findings()
                .any(|it| it.code == "variable" && it.means.en.contains("galaxy_host is malformed"))
        );
    }
    let report = Scene::new().flow("one", galaxy).set("mysql_port", "33o6").examine();
    assert!(report.findings().any(|it| it.code == "outbound_denied"), "an account that is not even used");
}

#[test]
fn every_variable_that_is_missing_is_named_with_what_it_is_for() {
    let jdy = json!({"name": "one", "target": {"platform": "jdy", "account": "jdy"}});
    let report =
        Scene::new().flow("one", jdy).set("jdy_host", "127.0.0.1:1").set("jdy_client_id", "abc").examine();
    let said: Vec<&str> = report.findings().map(|it| it.means.en.as_str()).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].starts_with("The variable jdy_client_id is malformed. It is the id of the application"));
    assert!(
        said[1].contains("jdy_client_secret is not set")
            && said[2].contains("jdy_outer_instance_id is not set")
    );
    assert!(report.accounts[0].calls.is_empty(), "nothing is called with half an account");
}

#[test]
fn the_environment_comes_before_dotenv_and_dotenv_before_the_defaults() {
    let scene = Scene::new();
    let dotenv = "SPIN_VARIABLE_OKKI_HOST=from-dotenv\nSPIN_VARIABLE_OKKI_CLIENT_ID='from-dotenv'\n";
    std::fs::write(scene.folder.path().join(".env"), dotenv).unwrap();
    let environment = [("SPIN_VARIABLE_OKKI_HOST".to_owned(), "from-environment".to_owned())];
    let variables = Variables::load(scene.folder.path(), environment).ok().unwrap();
    let values = ["okki_host", "okki_client_id", "okki_scheme", "nothing"].map(|name| variables.value(name));
    assert_eq!(values, ["from-environment", "from-dotenv", "https", ""]);

    std::fs::write(scene.folder.path().join(".env"), "SPIN_VARIABLE_OKKI_HOST='dotenv-secret").unwrap();
    let Err(unreadable) = Variables::load(scene.folder.path(), []) else { panic!("it is malformed") };
    assert!(unreadable.en.contains(".env") && !unreadable.en.contains("dotenv-secret"), "{unreadable:?}");
}

/// The command, in a world without variables and with these.
fn command(arguments: &[&str], variables: &[(&str, &str)]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("doctor").args(arguments).current_dir(xtask::root());
    let inherited = std::env::vars().map(|(name, _)| name);
    inherited.filter(|name| name.starts_with("SPIN_VARIABLE_")).for_each(|name| {
        command.env_remove(name);
    });
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn the_command_tells_by_its_exit_code_and_prints_one_language_or_json() {
    let okki = Okki::start(Config::default()).unwrap();
    let scene =
        Scene::new().flow("one", json!({"name": "one", "source": {"platform": "okki", "account": "okki"}}));
    let path = scene.folder.path().join("one.json").display().to_string();
    let (host, known) = (okki.address().to_string(), okki.credentials());
    let good = [
        ("SPIN_VARIABLE_STATE_KEY", "state-state-state-state-1"),
        ("SPIN_VARIABLE_ADMIN_TOKEN", "admin-admin-admin-admin-1"),
        ("SPIN_VARIABLE_OKKI_SCHEME", "http"),
        ("SPIN_VARIABLE_OKKI_HOST", host.as_str()),
        ("SPIN_VARIABLE_OKKI_CLIENT_ID", known.client_id.as_str()),
        ("SPIN_VARIABLE_OKKI_CLIENT_SECRET", known.client_secret.as_str()),
    ];
    let output = command(&["--flow", &path, "--lang", "en"], &good);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("✓ 小满 OKKI [okki/okki] ") && text.contains(": good\n"), "{text}");
    assert!(text.ends_with("1 of 1 account(s) good, 0 problem(s), 0 warning(s)\n"), "{text}");

    let wrong = [&good[..], &[("SPIN_VARIABLE_OKKI_CLIENT_SECRET", "wrong-wrong-wrong-wrong")]].concat();
    let output = command(&["--flow", &path, "--lang", "zh"], &wrong);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("问题 [wrong_credentials]") && !text.contains("Check okki"), "{text}");
    let output = command(&["--flow", &path, "--json"], &wrong);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["good"], false);
    assert_eq!(document["accounts"][0]["findings"][0]["code"], "wrong_credentials");
    assert_eq!(document["accounts"][0]["status"], "problems");
    assert!(!document.to_string().contains("wrong-wrong-wrong-wrong"));

    let output = command(&["--flow", "no-such-flow"], &good);
    assert_eq!(output.status.code(), Some(2));
}
