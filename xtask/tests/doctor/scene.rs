//! A repository with some flows, and an operator who has set some variables.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use xtask::doctor::finding::{Finding, Severity};
use xtask::doctor::variables::Variables;
use xtask::doctor::{Options, Report, Status, examine, print};
use xtask::lang::Lang;

const MANIFEST: &str = r#"
spin_manifest_version = 2
[variables]
flows_enabled = { default = "all" }
run_token = { default = "", secret = true }
admin_token = { default = "", secret = true }
tick_token = { default = "", secret = true }
state_key = { default = "", secret = true }
galaxy_scheme = { default = "https" }
galaxy_host = { default = "unset.invalid" }
galaxy_path = { default = "/k3cloud/" }
galaxy_auth = { default = "signed" }
galaxy_lcid = { default = "2052" }
galaxy_org = { default = "0" }
galaxy_app_secret = { default = "", secret = true }
jushuitan_scheme = { default = "https" }
jushuitan_host = { default = "unset.invalid" }
jushuitan_api = { default = "current" }
wangdiantong_scheme = { default = "https" }
wangdiantong_host = { default = "unset.invalid" }
wangdiantong_path = { default = "/openapi" }
okki_scheme = { default = "https" }
okki_host = { default = "unset.invalid" }
okki_scope = { default = "invoices" }
jdy_scheme = { default = "https" }
jdy_host = { default = "unset.invalid" }
wise_scheme = { default = "http" }
wise_host = { default = "unset.invalid" }
wise_path = { default = "/K3API/" }
mysql_host = { default = "unset.invalid" }
mysql_port = { default = "3306" }
mysql_password = { default = "", secret = true }

[component.one]
allowed_outbound_hosts = ["{{ galaxy_scheme }}://{{ galaxy_host }}", "mysql://{{ mysql_host }}:{{ mysql_port }}"]
"#;

pub struct Scene {
    pub folder: TempDir,
    files: Vec<PathBuf>,
    variables: BTreeMap<String, String>,
    pub options: Options,
}

impl Scene {
    /// The app's own variables are well.
    pub fn new() -> Scene {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("spin.toml"), MANIFEST).unwrap();
        let options = Options {
            flows: Vec::new(),
            fresh_token: false,
            timeout: Duration::from_secs(20),
            lang: Lang::Both,
            json: false,
        };
        let scene = Scene { folder, files: Vec::new(), variables: BTreeMap::new(), options };
        scene.set("state_key", "state-state-state-state-1").set("admin_token", "admin-admin-admin-admin-1")
    }

    /// One flow `one` whose source is this.
    pub fn reading(source: Value) -> Scene {
        Scene::new().flow("one", json!({"name": "one", "source": source}))
    }

    /// One flow `one` whose target is this.
    pub fn writing(target: Value) -> Scene {
        Scene::new().flow("one", json!({"name": "one", "target": target}))
    }

    pub fn flow(mut self, name: &str, document: Value) -> Scene {
        let path = self.folder.path().join(format!("{name}.json"));
        std::fs::write(&path, document.to_string()).unwrap();
        self.files.push(path);
        self
    }

    pub fn set(mut self, name: &str, value: impl Into<String>) -> Scene {
        self.variables.insert(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value.into());
        self
    }

    pub fn fresh_token(mut self) -> Scene {
        self.options.fresh_token = true;
        self
    }

    /// Examined; no secret of the operator's may be in what is shown, in any form.
    pub fn examine(&self) -> Report {
        let variables = Variables::load(self.folder.path(), self.variables.clone())
            .map_err(|unreadable| unreadable.en)
            .expect("spin.toml and .env can be read");
        let report = examine(&self.files, &variables, &self.options);
        let all = shown(&report);
        for secret in variables.secrets() {
            assert!(!all.contains(&secret), "{secret} is in\n{all}");
        }
        report
    }

    /// The only problem with the only account.
    pub fn problem(&self) -> Finding {
        let report = self.examine();
        let problems: Vec<&Finding> =
            report.findings().filter(|finding| finding.severity == Severity::Problem).collect();
        assert_eq!(problems.len(), 1, "{}", shown(&report));
        assert_eq!(report.exit_code(), 1);
        problems[0].clone()
    }

    /// The only problem is this, and says these words: the first in English, the second in Chinese.
    #[track_caller]
    pub fn finds(&self, code: &str, en: &str, zh: &str) -> Finding {
        let finding = self.problem();
        assert_eq!(finding.code, code, "{finding:#?}");
        says(&finding, en, zh);
        finding
    }

    /// Nothing is wrong with the only account, and these calls were made.
    #[track_caller]
    pub fn is_well(&self, calls: &[&str]) -> Report {
        let report = self.examine();
        assert_eq!(report.exit_code(), 0, "{}", shown(&report));
        let account = &report.accounts[0];
        assert_eq!(account.status, Status::Good, "{}", shown(&report));
        assert_eq!(account.calls.len(), calls.len(), "{:?}", account.calls);
        for (call, expected) in account.calls.iter().zip(calls) {
            assert!(call.contains(expected), "{expected} is not in {call}");
        }
        report
    }
}

#[track_caller]
pub fn says(finding: &Finding, en: &str, zh: &str) {
    let text = |means: &str, advice: &str| format!("{means} {advice}");
    let (english, chinese) =
        (text(&finding.means.en, &finding.advice.en), text(&finding.means.zh, &finding.advice.zh));
    assert!(english.contains(en), "{en} is not in {english}");
    assert!(chinese.contains(zh), "{zh} is not in {chinese}");
    assert!(!finding.advice.en.contains('{') && !finding.advice.zh.contains("{account}"), "{finding:?}");
}

/// All that is ever shown of it.
pub fn shown(report: &Report) -> String {
    let texts = [Lang::En, Lang::Zh, Lang::Both].map(|lang| print::text(report, lang)).join("\n");
    format!("{texts}\n{:#}", print::json(report))
}

/// The codes of the notes and warnings.
pub fn asides(report: &Report) -> Vec<&str> {
    report.findings().filter(|it| it.severity != Severity::Problem).map(|it| it.code).collect()
}
