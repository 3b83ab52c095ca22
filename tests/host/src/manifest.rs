//! `spin.toml`, version 2: the part of Spin's schema that this host understands.
//!
//! Unknown keys are refused, as in Spin; so are those that ask for what this host has not got
//! (`files`, `sqlite_databases`, `dependencies`, …): running without them would test something else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// The whole manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always 2.
    pub spin_manifest_version: u32,
    /// Name and version of the application.
    pub application: Application,
    /// Application variables by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    /// The triggers by type.
    #[serde(default)]
    pub trigger: Triggers,
    /// The components by id.
    #[serde(default)]
    pub component: BTreeMap<String, Component>,
}

/// `[application]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "Spin's own names; only the name is used here")]
pub struct Application {
    pub name: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub authors: Vec<String>,
    #[serde(default)]
    pub tool: toml::Table,
}

/// One entry of `[variables]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// For readers only.
    #[serde(default)]
    pub description: String,
    /// The value when no source has one.
    pub default: Option<String>,
    /// Whether a source must have a value.
    #[serde(default)]
    pub required: bool,
    /// Whether the value must not be shown.
    #[serde(default)]
    pub secret: bool,
}

/// `[[trigger.http]]` and `[[trigger.cron]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triggers {
    /// In the order of the file.
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
    /// In the order of the file.
    #[serde(default)]
    pub cron: Vec<CronTrigger>,
}

/// `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// Optional name of the trigger.
    #[serde(default)]
    pub id: String,
    /// A pattern, or private: reached by `http://<component>.spin.internal` alone.
    pub route: Route,
    /// The component's id.
    pub component: String,
}

/// The `route` of an HTTP trigger.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Route {
    /// `"/exact"`, `"/below/..."`, `"/with/:name"`.
    Pattern(String),
    /// `{ private = true }`.
    Private {
        /// Only `true` makes sense.
        private: bool,
    },
}

/// `[[trigger.cron]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronTrigger {
    /// Optional name of the trigger.
    #[serde(default)]
    pub id: String,
    /// The component's id.
    pub component: String,
    /// Six fields, UTC (spin.md 3.3).
    pub cron_expression: String,
}

/// `[component.<id>]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// For readers only.
    #[serde(default)]
    pub description: String,
    /// The wasm file, relative to the manifest.
    pub source: PathBuf,
    /// Where the component may connect to (spin.md 4.1).
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels of the stores it may open; this host has `default`.
    #[serde(default)]
    pub key_value_stores: BTreeSet<String>,
    /// Environment variables of the guest.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The variables it may read, as templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// How to build it. Only shown when the wasm is missing.
    pub build: Option<Build>,
    /// Ignored.
    #[serde(default)]
    pub tool: toml::Table,
}

/// `[component.<id>.build]`: the command is one text or several.
#[derive(Debug, Deserialize)]
pub struct Build {
    command: Commands,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Commands {
    One(String),
    Several(Vec<String>),
}

impl Build {
    /// The command line to show.
    #[must_use]
    pub fn command_line(&self) -> String {
        match &self.command {
            Commands::One(command) => command.clone(),
            Commands::Several(commands) => commands.join(" && "),
        }
    }
}

/// Reads a manifest and checks what can be checked without its wasm files.
///
/// `only` keeps these components and the triggers that call them, as `spin up -c` does (spin.md 3.4);
/// empty keeps all.
///
/// # Errors
/// An unreadable or malformed file, an unknown key, an unknown component, no trigger left.
pub fn read(path: &Path, only: &[String]) -> Result<Manifest> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading the manifest {}", path.display()))?;
    parse(&text, only).with_context(|| format!("in the manifest {}", path.display()))
}

fn parse(text: &str, only: &[String]) -> Result<Manifest> {
    let mut manifest: Manifest = toml::from_str(text)?;
    ensure!(
        manifest.spin_manifest_version == 2,
        "spin_manifest_version is {}; this host reads version 2",
        manifest.spin_manifest_version
    );
    let called = |manifest: &Manifest| -> Vec<String> {
        let http = manifest.trigger.http.iter().map(|trigger| &trigger.component);
        let cron = manifest.trigger.cron.iter().map(|trigger| &trigger.component);
        http.chain(cron).cloned().collect()
    };
    for id in called(&manifest).iter().chain(only) {
        ensure!(manifest.component.contains_key(id), "there is no component `{id}`");
    }
    if !only.is_empty() {
        manifest.component.retain(|id, _| only.contains(id));
        manifest.trigger.http.retain(|trigger| only.contains(&trigger.component));
        manifest.trigger.cron.retain(|trigger| only.contains(&trigger.component));
    }
    // A component that nothing calls is not loaded, so its wasm need not be there.
    let called = called(&manifest);
    manifest.component.retain(|id, _| called.contains(id));
    ensure!(!called.is_empty(), "no [[trigger.http]] or [[trigger.cron]] is left to run");
    for (id, component) in &manifest.component {
        for label in &component.key_value_stores {
            ensure!(
                label == "default",
                "component `{id}`: unknown key_value_stores label {label:?}; this host has \"default\""
            );
        }
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "app"
        [[trigger.http]]
        route = "/..."
        component = "web"
        [[trigger.cron]]
        component = "tick"
        cron_expression = "0 * * * * *"
        [component.web]
        source = "a.wasm"
        [component.web.build]
        command = "make"
        watch = ["src/**"]
        [component.web.tool.ferry]
        anything = 1
        [component.tick]
        source = "a.wasm"
    "#;

    #[test]
    fn build_and_tool_tables_are_ignored_and_other_unknown_keys_refused() {
        assert_eq!(parse(APP, &[]).unwrap().component.len(), 2);
        let error = parse(&APP.replace("watch", "wacht"), &[]);
        assert!(error.is_ok(), "the build table is the builder's");
        let error = parse(&format!("{APP}\nallowed_outbund_hosts = []"), &[]).unwrap_err();
        assert!(format!("{error:#}").contains("allowed_outbund_hosts"), "{error:#}");
        let error = parse(&format!("{APP}\nsqlite_databases = [\"default\"]"), &[]).unwrap_err();
        assert!(format!("{error:#}").contains("sqlite_databases"), "{error:#}");
    }

    #[test]
    fn a_trigger_is_dropped_with_its_component() {
        let manifest = parse(APP, &["web".to_owned()]).unwrap();
        assert_eq!((manifest.trigger.http.len(), manifest.trigger.cron.len()), (1, 0));
        assert!(!manifest.component.contains_key("tick"));
    }

    #[test]
    fn unknown_components_are_named() {
        let error = parse(&APP.replace("component = \"tick\"", "component = \"tock\""), &[]);
        assert!(format!("{:#}", error.unwrap_err()).contains("`tock`"));
        let error = parse(APP, &["wbe".to_owned()]).unwrap_err();
        assert!(format!("{error:#}").contains("`wbe`"));
    }

    #[test]
    fn only_the_default_store_exists() {
        let error = parse(&format!("{APP}\nkey_value_stores = [\"other\"]"), &[]).unwrap_err();
        assert!(format!("{error:#}").contains("\"other\""), "{error:#}");
    }

    #[test]
    fn other_triggers_and_versions_are_refused() {
        let error = parse(&APP.replace("trigger.cron", "trigger.redis"), &[]).unwrap_err();
        assert!(format!("{error:#}").contains("redis"), "{error:#}");
        parse(&APP.replace("version = 2", "version = 1"), &[]).unwrap_err();
    }
}
