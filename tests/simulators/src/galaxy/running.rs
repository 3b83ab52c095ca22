//! What a test can do with a running Galaxy.

use std::io;

use serde_json::{Map, Value};

use super::auth::Credentials;
use super::config::{Config, Switches, ViewKeys};
use super::envelope::Op;
use super::fit::{Fitted, Records};
use super::forms::Form;
use super::generator::{self, Generate};
use super::materials::{self, Material};
use super::packet::Options;
use super::parse::parse_text;
use super::save::{Saved, Saving};
use super::state::Simulated;
use super::{Running, bills};
use crate::system::{self, Held};

/// The simulator of 金蝶云星空.
#[derive(Debug)]
pub struct Galaxy;

impl Galaxy {
    /// Starts it on threads of its own. It ends when the [`Running`] is dropped.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub fn start(config: Config) -> io::Result<Running> {
        let (listen, control, switches) = (config.listen, config.control, config.switches.clone());
        Running::start(system::Config { listen, control, switches, data: config })
    }
}

impl Running {
    /// `http://127.0.0.1:<port>/k3cloud/`, as the vendor's clients want it.
    pub fn url(&self) -> String {
        format!("http://{}/k3cloud/", self.address())
    }

    /// The first of the accounts.
    pub fn credentials(&self) -> Credentials {
        self.with(|held| held.config.data.credentials.first().cloned().unwrap_or_default())
    }

    /// Adds generated materials; how many there are now. Those with the same `FMATERIALID` are replaced:
    /// generate once.
    pub fn generate(&self, what: &Generate) -> usize {
        self.with(|held| {
            let made = generator::generate(what, held.now());
            held.system.materials.add(made);
            held.system.materials.0.len()
        })
    }

    /// Adds materials as they are.
    pub fn add(&self, materials: Vec<Material>) -> usize {
        self.with(|held| held.system.materials.add(materials))
    }

    /// How many materials there are.
    pub fn count(&self) -> usize {
        self.with(|held| held.system.materials.0.len())
    }

    /// One material by `FMATERIALID`.
    pub fn material(&self, id: i64) -> Option<Material> {
        self.with(|held| held.system.materials.0.get(&id).cloned())
    }

    /// All materials that a `FilterString` lets through, by `FMATERIALID`, whatever pages and faults do.
    ///
    /// # Errors
    /// If the filter is malformed or names a field that is not there.
    pub fn expected(&self, filter: &str) -> Result<Vec<Material>, String> {
        let compiled = parse_text(filter)
            .and_then(|parsed| parsed.compile(&mut materials::column))
            .map_err(|error| format!("{error:?}"))?;
        let matches = |m: &&Material| compiled.matches(&|column| materials::cell(m, column));
        Ok(self.with(|held| held.system.materials.0.values().filter(matches).cloned().collect()))
    }

    /// Ends all sessions, as a restart of the server does.
    pub fn end_sessions(&self) {
        self.with(|held| held.system.sessions.clear());
    }

    /// Adds base data (`BD_Customer`, `BD_UNIT`, …) by number and name; its internal id.
    ///
    /// # Errors
    /// If the form is not one of base data, or is BD_MATERIAL.
    pub fn add_base(&self, form: &str, number: &str, name: &str) -> Result<i64, String> {
        self.with(|held| held.add_base(form, number, name))
    }

    /// Stores a bill as if it had been made in the ERP itself, with a `FDocumentStatus`: no field is
    /// required. Its internal id.
    ///
    /// # Errors
    /// If the form is unknown, a field is malformed, or the number is taken.
    pub fn add_bill(&self, form: &str, model: &Value, status: char) -> Result<i64, String> {
        self.with(|held| held.add_bill(form, model, status))
    }

    /// Adds the base data and return notices that records of other systems name, as far as they are not there.
    ///
    /// # Errors
    /// If a record is malformed.
    pub fn fit(&self, records: &Records) -> Result<Fitted, String> {
        self.with(|held| held.fit(records))
    }

    /// The bills of a form by internal id, in the shape of View with field keys.
    ///
    /// # Errors
    /// If the form is unknown.
    pub fn bills(&self, form: &str) -> Result<Vec<Value>, String> {
        self.with(|held| held.stored_bills(form))
    }

    /// From now on the audit of these numbers fails as if stock were short.
    pub fn refuse_audit(&self, numbers: &[&str]) {
        let numbers = numbers.iter().map(|n| (*n).to_owned()).collect();
        self.with(|held| held.system.bills.refuse_audit = numbers);
    }
}

impl Held<Simulated> {
    pub(super) fn add_base(&mut self, form: &str, number: &str, name: &str) -> Result<i64, String> {
        let found = Form::find(form).filter(|form| form.is_base());
        let form = found.ok_or_else(|| format!("{form} is not a form of base data that is simulated"))?;
        let now = self.now();
        let fields = Map::from_iter([("FName".to_owned(), name.into())]);
        Ok(self.system.bills.add_base(form, number, fields, now))
    }

    pub(super) fn add_bill(&mut self, form: &str, model: &Value, status: char) -> Result<i64, String> {
        let found = Form::find(form).filter(|form| !form.is_base());
        let form = found.ok_or_else(|| format!("{form} is not a form of bills that is simulated"))?;
        if !"ZABCD".contains(status) {
            return Err(format!("{status:?} is no FDocumentStatus"));
        }
        let now = self.now();
        let no_options = Map::from_iter([("ValidateFlag".to_owned(), false.into())]);
        let options = Options::read(&no_options).map_err(|failure| failure.message)?;
        let Simulated { bills, materials, .. } = &mut self.system;
        let switches = &self.switches;
        let mut saving = Saving { op: Op::Save, form, bills, materials, switches, now };
        let Saved { id, .. } = saving.one(model, &options).map_err(|(_, problems)| {
            problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; ")
        })?;
        if let Some(bill) = self.system.bills.of(form).get_mut(&id) {
            bill.status = status;
            bill.approved = (status == 'C').then_some(now);
        }
        Ok(id)
    }

    pub(super) fn stored_bills(&mut self, form: &str) -> Result<Vec<Value>, String> {
        let form = Form::find(form).ok_or_else(|| format!("{form} is not a form that is simulated"))?;
        let as_keys = Switches { view_keys: ViewKeys::FieldKeys, ..self.switches.clone() };
        Ok(self.system.bills.of(form).values().map(|bill| bills::view(form, bill, &as_keys)).collect())
    }
}
