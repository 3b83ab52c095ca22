//! The app's variables as Spin gives them: the environment, then `.env`, then the defaults of `spin.toml`.

use crate::flow_file::{Unreadable, shown};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const PREFIX: &str = "SPIN_VARIABLE_";

/// Texts shorter than this are not looked for in the output: they would be found in every second word.
const SHORTEST_SECRET: usize = 4;

/// The values, and which of them are secrets. No `Debug`.
pub struct Variables {
    given: BTreeMap<String, String>,
    declared: BTreeMap<String, Declared>,
    components: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    variables: BTreeMap<String, Declared>,
    #[serde(default)]
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
struct Declared {
    #[serde(default)]
    default: String,
    #[serde(default)]
    secret: bool,
}

#[derive(Deserialize)]
struct Component {
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
}

impl Variables {
    /// Reads `spin.toml` and `.env` in the folder `root`. `environment` comes before both.
    ///
    /// # Errors
    /// One of the two cannot be read. Lines of `.env` are not quoted: they may hold secrets.
    pub fn load(
        root: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Variables, Unreadable> {
        let manifest = root.join("spin.toml");
        let text = std::fs::read_to_string(&manifest).map_err(|error| Unreadable::new(&manifest, &error))?;
        let Manifest { variables: declared, component: components } =
            toml::from_str(&text).map_err(|error| Unreadable {
                en: format!("{}: cannot be read: {}", shown(&manifest), error.message()),
                zh: format!("{}：无法读取：{}", shown(&manifest), error.message()),
            })?;
        let mut all = dotenv(&root.join(".env"))?;
        all.extend(environment);
        let named =
            |(name, value): (String, String)| Some((name.strip_prefix(PREFIX)?.to_lowercase(), value));
        Ok(Variables { given: all.into_iter().filter_map(named).collect(), declared, components })
    }

    /// The value of a variable; empty where nothing sets it.
    pub fn value(&self, name: &str) -> String {
        let default = || self.declared.get(name).map(|it| it.default.clone());
        self.given.get(name).cloned().or_else(default).unwrap_or_default()
    }

    /// Whether the operator has set it to something of his own.
    pub fn is_set(&self, name: &str) -> bool {
        let default = self.declared.get(name).map_or("", |it| &it.default);
        self.given
            .get(name)
            .is_some_and(|value| !value.is_empty() && value != default && value != "unset.invalid")
    }

    /// The values that must never be shown.
    pub fn secrets(&self) -> Vec<String> {
        let names = self.given.keys().chain(self.declared.keys());
        let values = names.filter(|name| self.is_secret(name)).map(|name| match self.value(name) {
            // The part behind the `_` is key material (`vendors/kingdee.md` 1.2).
            id if name.ends_with("_app_id") => {
                id.split_once('_').map(|(_, key)| key.to_owned()).unwrap_or_default()
            }
            value => value,
        });
        // `secret:salt` of 旺店通 is one value of two.
        let parts = values.flat_map(|value| {
            let parts: Vec<String> = value.split(':').map(str::to_owned).collect();
            parts.into_iter().chain([value])
        });
        parts.filter(|value| value.len() >= SHORTEST_SECRET).collect()
    }

    fn is_secret(&self, name: &str) -> bool {
        const ENDS: [&str; 6] = ["_secret", "_password", "_token", "state_key", "_authority_code", "_app_id"];
        self.declared.get(name).is_some_and(|it| it.secret) || ENDS.iter().any(|end| name.ends_with(end))
    }

    /// The entries of `allowed_outbound_hosts` of a component, as they are written.
    pub(super) fn allowed_outbound_hosts(&self, component: &str) -> &[String] {
        self.components.get(component).map_or(&[], |it| &it.allowed_outbound_hosts)
    }
}

impl ferry_sync::host::Variables for Variables {
    fn get(&self, name: &str) -> Option<String> {
        Some(self.value(name))
    }
}

fn dotenv(path: &Path) -> Result<BTreeMap<String, String>, Unreadable> {
    let unreadable = |error: &dotenvy::Error| match error {
        dotenvy::Error::Io(error) => Unreadable::new(path, error),
        // Its message quotes the line, which may hold a secret.
        _ => Unreadable {
            en: format!("{}: a line is malformed; lines are NAME=value", shown(path)),
            zh: format!("{}：有一行格式不正确；每行应为 名称=值", shown(path)),
        },
    };
    match dotenvy::from_path_iter(path) {
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(|error| unreadable(&error)),
        Err(error) if error.not_found() => Ok(BTreeMap::new()),
        Err(error) => Err(unreadable(&error)),
    }
}
