use ferry_scenarios::app::{Galaxy, Scene};
use serde_json::json;
use xtask::app::Trigger;

const SESSION: (&str, &str) = ("galaxy_auth", "session");

#[test]
fn a_session_is_kept_and_renewed_when_it_is_lost() {
    let scene = Scene::new("sessions");
    scene.galaxy.set(json!({"clamp": 300}));
    scene.galaxy.generate(1500);
    let flow = scene.start_with(Trigger::Http, &[SESSION]);

    // In the middle of the first scan.
    scene.galaxy.arm(json!({"kind": "session_lost"}), 2, Some(1));
    flow.run();
    assert_eq!(scene.galaxy.fired(), [1]);
    assert_eq!(scene.galaxy.called("LoginByAppSecret"), 2);
    scene.assert_in_step();

    // The next one goes on with the session that is there.
    scene.galaxy.disarm();
    scene.galaxy.forget_calls();
    flow.run();
    assert_eq!(scene.galaxy.called("LoginByAppSecret"), 0);
    assert_eq!(scene.galaxy.called("ExecuteBillQuery"), 1);

    // All of them ended between two runs, as by a restart of the ERP.
    scene.galaxy.forget_calls();
    scene.galaxy.end_sessions();
    let ids = Galaxy::ids(&scene.galaxy.carried());
    scene.galaxy.change(json!({"do": "modify", "ids": [ids[0]], "set": {}}));
    assert_eq!(flow.run()["already_there"], 1);
    assert_eq!(scene.galaxy.called("LoginByAppSecret"), 1);
    assert_eq!(flow.state()["failures"], 0);
}

#[test]
fn a_lost_session_answer_to_signed_headers_is_survived_too() {
    let scene = Scene::new("signed_lost");
    scene.galaxy.set(json!({"clamp": 300}));
    scene.galaxy.generate(1500);
    let flow = scene.start();
    scene.galaxy.arm(json!({"kind": "session_lost"}), 2, Some(1));
    flow.run();
    assert_eq!(scene.galaxy.fired(), [1]);
    assert_eq!(scene.galaxy.called("LoginByAppSecret"), 0);
    scene.assert_in_step();
}

#[test]
fn a_wrong_secret_is_an_error_that_says_so_and_loses_nothing() {
    const WRONG: &str = "ffeeddccbbaa99887766554433221100";
    for (name, auth, code, said, logins) in [
        ("wrong_signed", "signed", "session_lost", "app_secret", 0),
        ("wrong_session", "session", "login_failed", "应用密钥错误", 1),
    ] {
        let mut scene = Scene::new(name);
        scene.add_secret("wrong secret", WRONG);
        scene.galaxy.generate(500);
        let flow = scene.start_with(Trigger::Http, &[("galaxy_auth", auth), ("galaxy_app_secret", WRONG)]);
        let report = flow.run_fails(code);
        assert_eq!(report["records"], 0);
        assert!(report["error"].to_string().contains(said), "{}", report["error"]);
        assert_eq!(scene.galaxy.called("LoginByAppSecret"), logins, "a user can be locked by trying again");
        assert_eq!(flow.state()["failures"], 1);
        assert_eq!(scene.landed(), 0);
        drop(flow);

        let flow = scene.start_with(Trigger::Http, &[("galaxy_auth", auth)]);
        flow.run();
        scene.assert_in_step();
        assert_eq!(flow.state()["failures"], 0);
    }
}
