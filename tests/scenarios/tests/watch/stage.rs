//! A flow, its systems and the robots, with one clock for all of them.

use ferry_scenarios::app::world::{RUN_TOKEN, TICK_TOKEN};
use ferry_scenarios::app::{BEHIND_MS, Crossing, Flow};
use ferry_simulators::robots::{Config, Op, Received, Robots, Running};
use serde_json::{Value, json};
use std::cell::Cell;
use xtask::app::{Answer, Trigger};
use xtask::flows;
use xtask::simulator::{Company, System};

/// The flow of these scenarios: it should run every three minutes.
pub const FLOW: &str = "jushuitan-returns-to-galaxy";
/// Where people would find the console.
pub const CONSOLE: &str = "https://ferry.example.com";
/// Those that bring a message to people.
pub const CHANNELS: [Op; 4] = [Op::Dingtalk, Op::Wecom, Op::Feishu, Op::Webhook];

pub struct Stage {
    pub scene: Crossing,
    pub robots: Running,
    /// How far the clocks are ahead of the machine's.
    ahead_ms: Cell<i64>,
}

impl Stage {
    /// With so many returns, and perhaps one of each kind that does not fit. `None` on Spin, which has no clock that can
    /// be moved.
    pub fn new(returns: u64, misfits: bool) -> Option<Self> {
        let flow = flows::Flow::find(FLOW).expect("a flow");
        let company = Company { returns, misfits, ..Company::of(&[System::Jushuitan, System::Galaxy]) };
        let mut scene = Crossing::in_company(flow, &company);
        if !scene.is_local() {
            eprintln!("this scenario needs the local host; see the front page of this file");
            return None;
        }
        let robots = Robots::start(Config::default()).expect("the robots start");
        for (name, value) in robots.data().secrets() {
            scene.add_secret(name, &value);
        }
        Some(Stage { scene, robots, ahead_ms: Cell::new(0) })
    }

    /// Starts the app with all channels set up.
    pub fn start(&self) -> Flow {
        self.start_with(&[])
    }

    /// The same with changes of single variables.
    pub fn start_with(&self, changes: &[(&str, &str)]) -> Flow {
        let host = self.robots.address().to_string();
        let mut variables = vec![("flows_enabled", FLOW.to_owned()), ("console_url", CONSOLE.to_owned())];
        for name in ["dingtalk", "wecom", "feishu", "alert_webhook", "heartbeat"] {
            variables.push((&*format!("{name}_scheme").leak(), "http".to_owned()));
            variables.push((&*format!("{name}_host").leak(), host.clone()));
        }
        variables.extend(self.robots.data().secrets());
        let mut given: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, &**value)).collect();
        given.extend_from_slice(changes);
        let flow = self.scene.start_triggered(Trigger::OnDemand, &given);
        self.set_clocks(&flow);
        flow
    }

    /// Lets time pass for everybody.
    pub fn pass(&self, flow: &Flow, seconds: i64) {
        self.ahead_ms.set(self.ahead_ms.get() + seconds * 1000);
        self.set_clocks(flow);
    }

    fn set_clocks(&self, flow: &Flow) {
        let ahead = self.ahead_ms.get();
        flow.app.clock(ahead).expect("the local host");
        self.scene.systems.set_clocks(ahead - BEHIND_MS);
        self.robots.set(|switches| switches.clock_offset_ms = ahead);
    }

    /// A minute later, the cron event of the console; the messages that went out, by channel.
    pub fn tick(&self, flow: &Flow) -> Vec<(Op, String)> {
        self.pass(flow, 60);
        let ticked = flow.app.cron("console-tick").expect("a cron event");
        assert_eq!(ticked["ok"], true, "{ticked}");
        self.taken()
    }

    /// The messages since the last look, by channel. They go out at the same time, and arrive in any order.
    pub fn taken(&self) -> Vec<(Op, String)> {
        let taken = self.robots.received();
        self.robots.forget_received();
        let messages = taken.into_iter().filter(|one| one.by != Op::Heartbeat);
        let mut messages: Vec<(Op, String)> = messages.map(|Received { by, text, .. }| (by, text)).collect();
        messages.sort();
        messages
    }

    /// What one tick brings to each channel: the same text once everywhere.
    pub fn told(&self, flow: &Flow) -> String {
        let taken = self.tick(flow);
        let by: Vec<Op> = taken.iter().map(|(by, _)| *by).collect();
        assert_eq!(by, CHANNELS, "{taken:?}");
        assert!(taken.iter().all(|(_, text)| *text == taken[0].1), "{taken:?}");
        taken[0].1.clone()
    }

    /// The source answers nothing but errors from now on.
    pub fn break_source(&self) {
        let fault = json!({"ops": [], "times": null, "what": {"kind": "http500"}});
        self.scene.systems.post(System::Jushuitan, "/faults", &fault);
    }

    /// And now it works again.
    pub fn mend_source(&self) {
        self.scene.systems.delete(System::Jushuitan, "/faults");
    }

    /// Runs that fail, of the broken source.
    pub fn fail(&self, flow: &Flow, runs: usize) {
        for _ in 0..runs {
            let answer = flow.call(&json!({"budget_ms": 1500})).expect("an answer");
            assert_eq!(answer.status, 502, "{}", answer.body);
        }
    }
}

/// `GET` of a route over all flows.
pub fn get(flow: &Flow, path: &str, token: &str) -> Answer {
    flow.request("GET", path, token, b"").expect("an answer")
}

/// The alerts' record.
pub fn record(flow: &Flow) -> Value {
    let answer = get(flow, "/alerts", RUN_TOKEN);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// A check as a scheduler asks for it that can only call a URL.
pub fn check_by_url(flow: &Flow) -> Answer {
    get(flow, &format!("/alerts/check?tick_token={TICK_TOKEN}"), "")
}

/// `GET /healthz`.
pub fn health(flow: &Flow) -> (u16, Value) {
    let answer = get(flow, "/healthz", "");
    (answer.status, answer.body)
}
