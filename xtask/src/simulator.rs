//! The simulated systems, all in one process of their own.

use crate::process::{self, Process};
use crate::{Result, cargo, root};
use anyhow::{Context, anyhow, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The credentials that the simulated Galaxy accepts (`vendors/kingdee.md` 1.2.1).
pub mod credentials {
    /// Data centre (账套).
    pub const ACCT_ID: &str = "5f0000000000aa";
    /// User.
    pub const USER: &str = "demo";
    /// Application id.
    pub const APP_ID: &str = "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs";
    /// Application secret: a published test vector, no secret.
    pub const APP_SECRET: &str = "00112233445566778899aabbccddeeff";
}

/// A simulated system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// 金蝶云星空
    Galaxy,
    /// 聚水潭
    Jushuitan,
    /// 旺店通旗舰版
    Wangdiantong,
    /// 小满 OKKI
    Okki,
    /// 金蝶 K3 WISE
    Wise,
    /// 金蝶云星辰
    Jdy,
}

impl System {
    /// All of them.
    pub const ALL: [System; 6] =
        [System::Galaxy, System::Jushuitan, System::Wangdiantong, System::Okki, System::Wise, System::Jdy];

    /// Its name in variables, flow files and on the simulators' command line.
    pub fn name(self) -> &'static str {
        match self {
            System::Galaxy => "galaxy",
            System::Jushuitan => "jushuitan",
            System::Wangdiantong => "wangdiantong",
            System::Okki => "okki",
            System::Wise => "wise",
            System::Jdy => "jdy",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            System::Galaxy => "金蝶云星空",
            System::Jushuitan => "聚水潭",
            System::Wangdiantong => "旺店通",
            System::Okki => "小满 OKKI",
            System::Wise => "金蝶 K3 WISE",
            System::Jdy => "金蝶云星辰",
        }
    }

    /// The variables of an account of the simulator that listens at `address`, by their names in `spin.toml`. The
    /// credentials are those of the vendors' published vectors.
    pub fn account(self, address: &str) -> Vec<(&'static str, String)> {
        let variables: &[(&'static str, &str)] = match self {
            System::Galaxy => &[
                ("galaxy_scheme", "http"),
                ("galaxy_host", address),
                ("galaxy_path", "/k3cloud/"),
                ("galaxy_auth", "signed"),
                ("galaxy_acct_id", credentials::ACCT_ID),
                ("galaxy_user", credentials::USER),
                ("galaxy_app_id", credentials::APP_ID),
                ("galaxy_app_secret", credentials::APP_SECRET),
                ("galaxy_lcid", "2052"),
                ("galaxy_org", "0"),
            ],
            System::Jushuitan => &[
                ("jushuitan_scheme", "http"),
                ("jushuitan_host", address),
                ("jushuitan_api", "current"),
                ("jushuitan_app_key", "5b53060f23d84ddf9703056e84fa5a2d"),
                ("jushuitan_app_secret", "e9c5ca33fecb404b8e6cdbd0ef4a6d25"),
            ],
            System::Wangdiantong => &[
                ("wangdiantong_scheme", "http"),
                ("wangdiantong_host", address),
                ("wangdiantong_path", "/openapi"),
                ("wangdiantong_sid", "wdterp30"),
                ("wangdiantong_app_key", "czhc"),
                (
                    "wangdiantong_app_secret",
                    "693f9fed686bfe13441385da98b436b6:dd488d0802b1e431e4c72cd355847853",
                ),
            ],
            System::Okki => &[
                ("okki_scheme", "http"),
                ("okki_host", address),
                ("okki_client_id", "efc1126d6"),
                ("okki_client_secret", "dcc2228f1a2b3c4d"),
                ("okki_scope", "invoices company"),
            ],
            System::Wise => &[
                ("wise_scheme", "http"),
                ("wise_host", address),
                ("wise_path", "/K3API/"),
                ("wise_authority_code", "635e8cd049f1407d0668651d54c90e8696e0ef1e98094961"),
            ],
            System::Jdy => &[
                ("jdy_scheme", "http"),
                ("jdy_host", address),
                ("jdy_client_id", "200421"),
                ("jdy_client_secret", "0123456789abcdef0123456789abcdef"),
                ("jdy_outer_instance_id", "226079154111025152"),
            ],
        };
        variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    /// The variables of its account that are secret.
    pub fn secrets(self) -> &'static [&'static str] {
        match self {
            System::Galaxy => &["galaxy_app_secret"],
            System::Jushuitan => &["jushuitan_app_secret"],
            System::Wangdiantong => &["wangdiantong_app_secret"],
            System::Okki => &["okki_client_secret"],
            System::Wise => &["wise_authority_code"],
            System::Jdy => &["jdy_client_secret"],
        }
    }
}

/// What a simulated company runs and has. The data of its systems fit together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// The systems that it runs.
    pub systems: Vec<System>,
    /// Materials of Galaxy.
    pub materials: u64,
    /// Records of 其它出入库 of 聚水潭, of all types, over 30 days.
    pub returns: u64,
    /// Shops of 聚水潭.
    pub shops: u64,
    /// Stock-outs of 旺店通, over 7 days.
    pub stockouts: u64,
    /// Orders of OKKI, over 90 days.
    pub orders: u64,
    /// Whether there is also a record of each kind that does not fit.
    pub misfits: bool,
}

impl Company {
    /// One that has these systems, and nothing in them but base data.
    pub fn of(systems: &[System]) -> Company {
        Company { systems: systems.to_vec(), ..Company::default() }
    }
}

/// The running simulators. Dropping it ends them.
#[derive(Debug)]
pub struct Simulators {
    _process: Process,
    running: BTreeMap<System, Addresses>,
    agent: ureq::Agent,
}

/// `127.0.0.1:PORT` of a system and of its control API.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Addresses {
    address: String,
    control: String,
}

impl Simulators {
    /// Builds the program if need be, and starts the company's systems on free ports. Their log goes to
    /// `simulators.log` in `logs`.
    ///
    /// # Errors
    /// When it cannot be built or does not announce itself within a minute.
    pub fn start(company: &Company, logs: &Path) -> Result<Simulators> {
        let binary = cargo::build_binary("ferry-simulators")?;
        let log = logs.join("simulators.log");
        let file = std::fs::File::create(&log).with_context(|| format!("creating {log:?}"))?;
        let systems: Vec<&str> = company.systems.iter().map(|system| system.name()).collect();
        let mut command = process::command(binary);
        command.args(["all", "--seed", "1", "--systems", &systems.join(",")]);
        for (option, number) in [
            ("--materials", company.materials),
            ("--returns", company.returns),
            ("--shops", company.shops),
            ("--stockouts", company.stockouts),
            ("--orders", company.orders),
        ] {
            command.args([option, &number.to_string()]);
        }
        if company.misfits {
            command.arg("--misfits");
        }
        command.current_dir(root()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let mut process = Process::spawn("the simulators", command)?;
        process.logs_to(&log);
        let (stdout, _) = process.take_output();
        let mut stdout = BufReader::new(stdout.context("the simulators' stdout is not piped")?);
        let (send, receive) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            let _ = send.send(line);
            // Whatever else it prints must not fill the pipe.
            let _ = std::io::copy(&mut stdout, &mut std::io::sink());
        });
        let line = receive.recv_timeout(Duration::from_secs(60)).unwrap_or_default();
        let running = addresses(&line, &company.systems)
            .ok_or_else(|| {
                anyhow!("They did not say where they listen, but {line:?}. {}", process.last_words())
            })
            .context("starting the simulators")?;
        Ok(Simulators { _process: process, running, agent: crate::app::agent() })
    }

    /// The systems that run.
    pub fn systems(&self) -> impl Iterator<Item = System> {
        self.running.keys().copied()
    }

    /// `127.0.0.1:PORT` of a system's API.
    ///
    /// # Panics
    /// When it was not started.
    pub fn address(&self, system: System) -> &str {
        &self.of(system).address
    }

    /// `127.0.0.1:PORT` of a system's control API.
    ///
    /// # Panics
    /// When it was not started.
    pub fn control(&self, system: System) -> &str {
        &self.of(system).control
    }

    fn of(&self, system: System) -> &Addresses {
        self.running.get(&system).unwrap_or_else(|| panic!("{} was not started", system.name()))
    }

    /// The variables of the accounts of all systems that run.
    pub fn accounts(&self) -> Vec<(&'static str, String)> {
        self.running.iter().flat_map(|(system, at)| system.account(&at.address)).collect()
    }

    /// `GET` on a system's control API.
    ///
    /// # Errors
    /// When it does not answer 200 with JSON.
    pub fn get(&self, system: System, path: &str) -> Result<Value> {
        read(self.agent.get(self.url(system, path)).call(), path)
    }

    /// The same for an answer that is a list.
    ///
    /// # Errors
    /// When it does not answer 200 with a list.
    pub fn list(&self, system: System, path: &str) -> Result<Vec<Value>> {
        match self.get(system, path)? {
            Value::Array(list) => Ok(list),
            other => bail!("The simulator's answer to {path} is no list: {other}"),
        }
    }

    /// `POST` on a system's control API.
    ///
    /// # Errors
    /// When it does not answer 200 with JSON.
    pub fn post(&self, system: System, path: &str, body: &Value) -> Result<Value> {
        read(self.agent.post(self.url(system, path)).send_json(body), path)
    }

    /// `DELETE` on a system's control API.
    ///
    /// # Errors
    /// When it does not answer 200 with JSON.
    pub fn delete(&self, system: System, path: &str) -> Result<Value> {
        read(self.agent.delete(self.url(system, path)).call(), path)
    }

    fn url(&self, system: System, path: &str) -> String {
        format!("http://{}{path}", self.control(system))
    }
}

fn read(
    answer: std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    path: &str,
) -> Result<Value> {
    let mut answer = answer.with_context(|| format!("asking the simulator for {path}"))?;
    let text = answer.body_mut().with_config().limit(1 << 28).read_to_string()?;
    if !answer.status().is_success() {
        bail!("The simulator answered {} to {path}: {text}", answer.status());
    }
    serde_json::from_str(&text).with_context(|| format!("the simulator's answer to {path}: {text}"))
}

/// The addresses in the line that the simulators print when they are ready.
fn addresses(line: &str, systems: &[System]) -> Option<BTreeMap<System, Addresses>> {
    let ready: Value = serde_json::from_str(line).ok()?;
    let each = systems.iter().map(|system| {
        let of = |name: &str| ready[system.name()][name].as_str().map(str::to_owned);
        Some((*system, Addresses { address: of("address")?, control: of("control")? }))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_names_two_addresses_of_each_system() {
        let line = r#"{"galaxy":{"address":"127.0.0.1:1","control":"127.0.0.1:2"},"okki":{"address":"127.0.0.1:3","control":"127.0.0.1:4"}}"#;
        let both = [System::Galaxy, System::Okki];
        let found = addresses(line, &both).unwrap();
        assert_eq!(found[&System::Okki].address, "127.0.0.1:3");
        assert_eq!(found[&System::Galaxy].control, "127.0.0.1:2");
        assert_eq!(addresses(line, &[System::Wise]), None, "one that did not start");
        assert_eq!(addresses("", &both), None);
        assert_eq!(addresses(r#"{"galaxy":{"address":"127.0.0.1:1"}}"#, &both), None);
    }

    #[test]
    fn every_secret_is_a_variable_of_its_account() {
        for system in System::ALL {
            let account = system.account("127.0.0.1:1");
            assert!(account.iter().all(|(name, _)| name.starts_with(system.name())));
            assert!(system.secrets().iter().all(|secret| account.iter().any(|(name, _)| name == secret)));
        }
    }
}
