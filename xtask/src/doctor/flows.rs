//! Which accounts the flows use, and what for.

use crate::flow_file::{Unreadable, shown};
use serde_json::Value;
use std::fmt;
use std::path::Path;

/// A flow file, as far as accounts are concerned: it may well have other problems, which are for
/// [`check`](mod@crate::check).
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// The file's text.
    pub text: String,
    /// The same as JSON.
    pub document: Value,
}

/// What a flow wants of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// To read from it.
    Source,
    /// To write to it.
    Target,
    /// To look something up, under this name.
    Lookup(String),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Source => f.write_str("source"),
            Role::Target => f.write_str("target"),
            Role::Lookup(name) => write!(f, "lookups.{name}"),
        }
    }
}

/// One use of an account by a flow.
#[derive(Clone, Debug)]
pub struct Use<'f> {
    /// The flow.
    pub flow: &'f Flow,
    /// What for.
    pub role: Role,
    /// This part of the flow file.
    pub part: &'f Value,
}

impl Use<'_> {
    /// The interface.
    pub fn api(&self) -> &str {
        self.part["api"].as_str().unwrap_or_default()
    }

    /// The business object, where the platform has such: `formId`, or `FormId` among `otherRequest`.
    pub fn form_id(&self) -> Option<&str> {
        self.part["formId"].as_str().or_else(|| self.other("FormId"))
    }

    /// The value of a field of `otherRequest`.
    pub fn other(&self, name: &str) -> Option<&str> {
        let fields = self.part["otherRequest"].as_array()?;
        fields.iter().find(|field| field["field"] == name)?["value"].as_str()
    }
}

/// One account, and all uses of it.
#[derive(Clone, Debug)]
pub struct Place<'f> {
    /// The platform: `galaxy`.
    pub platform: &'f str,
    /// The account, the first part of its variables' names.
    pub account: &'f str,
    /// By whom, and what for.
    pub uses: Vec<Use<'f>>,
}

impl Flow {
    /// Reads a flow file.
    ///
    /// # Errors
    /// It cannot be read, or is no JSON object.
    pub fn read(path: &Path) -> Result<Flow, Unreadable> {
        let text = std::fs::read_to_string(path).map_err(|error| Unreadable::new(path, &error))?;
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        let broken = |why: &str| Unreadable {
            en: format!("{}: {why}; run `cargo xtask check`", shown(path)),
            zh: format!("{}：{why}；请运行 cargo xtask check", shown(path)),
        };
        let document: Value = serde_json::from_str(&text).map_err(|error| broken(&error.to_string()))?;
        let name = document["name"].as_str().ok_or_else(|| broken("no name"))?.to_owned();
        Ok(Flow { name, text, document })
    }

    fn uses(&self) -> impl Iterator<Item = Use<'_>> {
        let ends = [(Role::Source, &self.document["source"]), (Role::Target, &self.document["target"])];
        let lookups = self.document["lookups"].as_object().into_iter().flatten();
        let lookups = lookups.map(|(name, part)| (Role::Lookup(name.clone()), part));
        ends.into_iter().chain(lookups).map(|(role, part)| Use { flow: self, role, part })
    }
}

/// The accounts of these flows, in the order of their first use.
pub fn places<'f>(flows: impl IntoIterator<Item = &'f Flow>) -> Vec<Place<'f>> {
    let mut places: Vec<Place<'f>> = Vec::new();
    for used in flows.into_iter().flat_map(Flow::uses) {
        let Some(platform) = used.part["platform"].as_str() else { continue };
        let account = used.part["account"].as_str().unwrap_or(platform);
        match places.iter_mut().find(|place| (place.platform, place.account) == (platform, account)) {
            Some(place) => place.uses.push(used),
            None => places.push(Place { platform, account, uses: vec![used] }),
        }
    }
    places
}
