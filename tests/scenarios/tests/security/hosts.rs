use ferry_scenarios::app::{Crossing, Scene};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use xtask::flows::{FLOWS, Flow};
use xtask::simulator::System;

/// What a component of `spin.toml` is granted.
struct Granted {
    hosts: BTreeSet<String>,
    variables: BTreeSet<String>,
}

fn granted() -> BTreeMap<String, Granted> {
    let manifest = std::fs::read_to_string(xtask::root().join("spin.toml")).expect("spin.toml");
    let manifest: toml::Table = toml::from_str(&manifest).expect("TOML");
    let components = manifest["component"].as_table().expect("components");
    let of = |component: &toml::Value| {
        let hosts = component.get("allowed_outbound_hosts").and_then(toml::Value::as_array);
        let variables = component.get("variables").and_then(toml::Value::as_table);
        Granted {
            hosts: hosts
                .into_iter()
                .flatten()
                .map(|host| host.as_str().expect("a text").to_owned())
                .collect(),
            variables: variables.into_iter().flat_map(|all| all.keys().cloned()).collect(),
        }
    };
    components.iter().map(|(name, component)| (name.clone(), of(component))).collect()
}

/// The accounts that a flow file names, with their platforms.
fn accounts(flow: &str) -> BTreeMap<String, String> {
    let path = xtask::root().join("functions").join(flow).join("flow.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).expect("a flow file")).expect("JSON");
    let lookups = file["lookups"].as_object().into_iter().flat_map(|lookups| lookups.values());
    let sides = [&file["source"], &file["target"]].into_iter().chain(lookups);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    sides.map(|side| (text(&side["account"]), text(&side["platform"]))).collect()
}

#[test]
fn a_flow_may_call_its_own_systems_and_no_other_host() {
    let granted = granted();
    for flow in Flow::present() {
        let accounts = accounts(flow.name);
        assert!(accounts.len() >= 2, "{}", flow.name);
        let hosts: BTreeSet<String> = accounts
            .iter()
            .map(|(account, platform)| match platform.as_str() {
                "mysql" => format!("mysql://{{{{ {account}_host }}}}:{{{{ {account}_port }}}}"),
                _ => format!("{{{{ {account}_scheme }}}}://{{{{ {account}_host }}}}"),
            })
            .collect();
        for component in [flow.name.to_owned(), format!("{}-tick", flow.name)] {
            let is = &granted[&component];
            assert_eq!(is.hosts, hosts, "{component}");
            // Nor does it hold the secrets of another system.
            for system in System::ALL.map(System::name).into_iter().chain(["mysql"]) {
                let holds = is.variables.iter().any(|name| name.starts_with(&format!("{system}_")));
                assert_eq!(holds, accounts.contains_key(system), "{component} and {system}");
            }
        }
        // What is only called by the clock has no use for the tokens of those who call.
        let tick = &granted[&format!("{}-tick", flow.name)].variables;
        assert!(
            tick.iter().all(|name| !name.ends_with("_token") || name == "jushuitan_access_token"),
            "{tick:?}"
        );
    }
    let flows: BTreeSet<String> =
        FLOWS.iter().flat_map(|flow| [flow.name.to_owned(), format!("{}-tick", flow.name)]).collect();
    for (component, is) in granted.iter().filter(|(component, _)| !flows.contains(*component)) {
        for host in &is.hosts {
            // An operator's own variable, or a component of this app: never a host of ours, never any host.
            let own = host.contains("{{ ") || host.ends_with(".spin.internal");
            assert!(own && !host.contains("://*:") && host != "*://*:*", "{component} may call {host}");
        }
    }
}

/// Every system of every flow sends us elsewhere; the other host, which listens, hears nothing.
#[test]
fn a_redirect_to_another_host_is_refused_and_that_host_sees_no_connection() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    other.set_nonblocking(true).expect("a listener");
    let to = format!("http://{}/login", other.local_addr().expect("an address"));
    let redirect = json!({"ops": [], "times": null, "what": {"kind": "redirect", "to": to}});
    for flow in &FLOWS {
        let Some(target) = flow.to else {
            let scene = Scene::new("redirected");
            scene.galaxy.generate(10);
            let running = scene.start();
            scene.galaxy.systems().post(flow.from, "/faults", &redirect);
            running.run_fails("redirected");
            assert!(scene.galaxy.fired()[0] >= 1);
            continue;
        };
        for system in [flow.from, target] {
            let scene = Crossing::new(flow.name, 5);
            let running = scene.start();
            scene.systems.post(system, "/faults", &redirect);
            let answer = running.call(&json!({"budget_ms": 4000})).expect("an answer");
            let code = &answer.body["error"]["code"];
            assert_eq!(
                (answer.status, code),
                (502, &json!("redirected")),
                "{} {system:?}: {}",
                flow.name,
                answer.body
            );
            assert!(scene.systems.fired(system)[0] >= 1, "{}", flow.name);
        }
    }
    match other.accept() {
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        Ok((_, who)) => panic!("{who} followed a redirect"),
    }
}
