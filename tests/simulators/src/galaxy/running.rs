//! A simulator that runs, in the hands of a test.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::auth::Credentials;
use super::config::{Config, Switches};
use super::envelope::Op;
use super::faults::{Armed, Fault, Hook};
use super::fit::{Fitted, Records};
use super::forms::Form;
use super::generator::{self, Generate};
use super::materials::{self, Change, Material};
use super::packet::Options;
use super::parse::parse_text;
use super::save::{Saved, Saving};
use super::server::{self, Simulator};
use super::state::State;
use super::{Call, Counters, bills, control};
use crate::serve::{Threads, listen};

/// The simulator of 金蝶云星空.
#[derive(Debug)]
pub struct Galaxy;

impl Galaxy {
    /// Starts it on threads of its own. It ends when the [`Running`] is dropped.
    ///
    /// # Errors
    /// If an address cannot be listened on, or no thread can be started.
    pub fn start(config: Config) -> io::Result<Running> {
        let (erp, address) = listen(config.listen)?;
        let (control, control_address) = listen(config.control)?;
        let simulator = Arc::new(Simulator::new(State::new(config)));
        let threads = Threads::start()?;
        let shared = simulator.clone();
        let answer = move |request| server::answer(shared.clone(), request);
        let shared = simulator.clone();
        threads.serve(erp, answer, control, move |request| control::answer(shared.clone(), request))?;
        Ok(Running { simulator, address, control_address, _threads: threads })
    }
}

/// A running simulator. All methods may be called from any thread while calls are served.
pub struct Running {
    simulator: Arc<Simulator>,
    address: SocketAddr,
    control_address: SocketAddr,
    _threads: Threads,
}

impl Running {
    /// Where the simulated ERP listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the control API listens.
    pub fn control_address(&self) -> SocketAddr {
        self.control_address
    }

    /// `http://127.0.0.1:<port>/k3cloud/`, as the vendor's clients want it.
    pub fn url(&self) -> String {
        format!("http://{}/k3cloud/", self.address)
    }

    /// The first of the accounts.
    pub fn credentials(&self) -> Credentials {
        self.simulator.state().config.credentials.first().cloned().unwrap_or_default()
    }

    /// As at the start: data, switches, sessions, faults, log and counters.
    pub fn reset(&self) {
        let config = self.simulator.state().config.clone();
        let fresh = State::new(config);
        *self.simulator.state() = fresh;
    }

    /// The switches as they are.
    pub fn switches(&self) -> Switches {
        self.simulator.state().switches.clone()
    }

    /// Turns switches.
    pub fn set(&self, turn: impl FnOnce(&mut Switches)) {
        turn(&mut self.simulator.state().switches);
    }

    /// Milliseconds since 1970 by the simulator's clock.
    pub fn now_ms(&self) -> i64 {
        self.simulator.state().now_ms()
    }

    /// Adds generated materials; how many there are now. Those with the same `FMATERIALID` are replaced:
    /// generate once.
    pub fn generate(&self, what: &Generate) -> usize {
        let now = self.simulator.state().now();
        let materials = generator::generate(what, now);
        let mut state = self.simulator.state();
        state.materials.add(materials);
        state.materials.0.len()
    }

    /// Adds materials as they are.
    pub fn add(&self, materials: Vec<Material>) -> usize {
        self.simulator.state().materials.add(materials)
    }

    /// Changes materials now; how many were touched.
    pub fn change(&self, change: &Change) -> usize {
        let mut state = self.simulator.state();
        let (now, stamps) = (state.now(), state.switches.audit_stamps);
        state.materials.change(change, now, stamps)
    }

    /// Changes materials after some queries from now (1 = the next), when the answer is made but not
    /// yet sent.
    pub fn change_after_query(&self, after_query: usize, change: Change) {
        self.simulator.state().faults.hooks.push(Hook { after_query, change });
    }

    /// How many materials there are.
    pub fn count(&self) -> usize {
        self.simulator.state().materials.0.len()
    }

    /// One material by `FMATERIALID`.
    pub fn material(&self, id: i64) -> Option<Material> {
        self.simulator.state().materials.0.get(&id).cloned()
    }

    /// All materials that a `FilterString` lets through, by `FMATERIALID`, whatever pages and faults do.
    ///
    /// # Errors
    /// If the filter is malformed or names a field that is not there.
    pub fn expected(&self, filter: &str) -> Result<Vec<Material>, String> {
        let compiled = parse_text(filter)
            .and_then(|parsed| parsed.compile(&mut materials::column))
            .map_err(|error| format!("{error:?}"))?;
        let state = self.simulator.state();
        let matches = |m: &&Material| compiled.matches(&|column| materials::cell(m, column));
        Ok(state.materials.0.values().filter(matches).cloned().collect())
    }

    /// Arms a fault; its name, counted from 1.
    pub fn arm(&self, fault: Fault) -> usize {
        self.simulator.state().faults.arm(fault)
    }

    /// What is armed, and how often it fired.
    pub fn faults(&self) -> Vec<Armed> {
        self.simulator.state().faults.armed.clone()
    }

    /// Disarms all faults and changes that wait.
    pub fn disarm(&self) {
        let faults = &mut self.simulator.state().faults;
        faults.armed.clear();
        faults.hooks.clear();
    }

    /// The latest calls (at most 20,000), the oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.simulator.state().log.calls.iter().cloned().collect()
    }

    /// The sums.
    pub fn counters(&self) -> Counters {
        self.simulator.state().log.counters.clone()
    }

    /// How many calls of an operation there were.
    pub fn called(&self, op: Op) -> u64 {
        self.simulator.state().log.counters.calls.get(&op).copied().unwrap_or(0)
    }

    /// Empties the log and the counters.
    pub fn clear_log(&self) {
        self.simulator.state().log = crate::log::Log::default();
    }

    /// Ends all sessions, as a restart of the server does.
    pub fn end_sessions(&self) {
        self.simulator.state().sessions.clear();
    }

    /// Adds base data (`BD_Customer`, `BD_UNIT`, …) by number and name; its internal id.
    ///
    /// # Errors
    /// If the form is not one of base data, or is BD_MATERIAL.
    pub fn add_base(&self, form: &str, number: &str, name: &str) -> Result<i64, String> {
        self.simulator.add_base(form, number, name)
    }

    /// Stores a bill as if it had been made in the ERP itself, with a `FDocumentStatus`: no field is
    /// required. Its internal id.
    ///
    /// # Errors
    /// If the form is unknown, a field is malformed, or the number is taken.
    pub fn add_bill(&self, form: &str, model: &Value, status: char) -> Result<i64, String> {
        self.simulator.add_bill(form, model, status)
    }

    /// Adds the base data and return notices that records of other systems name, as far as they are not there.
    ///
    /// # Errors
    /// If a record is malformed.
    pub fn fit(&self, records: &Records) -> Result<Fitted, String> {
        self.simulator.fit(records)
    }

    /// The bills of a form by internal id, in the shape of View with field keys.
    ///
    /// # Errors
    /// If the form is unknown.
    pub fn bills(&self, form: &str) -> Result<Vec<Value>, String> {
        self.simulator.stored_bills(form)
    }

    /// From now on the audit of these numbers fails as if stock were short.
    pub fn refuse_audit(&self, numbers: &[&str]) {
        self.simulator.state().bills.refuse_audit = numbers.iter().map(|n| (*n).to_owned()).collect();
    }
}

impl Simulator {
    pub(super) fn add_base(&self, form: &str, number: &str, name: &str) -> Result<i64, String> {
        let found = Form::find(form).filter(|form| form.is_base());
        let form = found.ok_or_else(|| format!("{form} is not a form of base data that is simulated"))?;
        let mut state = self.state();
        let now = state.now();
        let fields = Map::from_iter([("FName".to_owned(), name.into())]);
        Ok(state.bills.add_base(form, number, fields, now))
    }

    pub(super) fn add_bill(&self, form: &str, model: &Value, status: char) -> Result<i64, String> {
        let found = Form::find(form).filter(|form| !form.is_base());
        let form = found.ok_or_else(|| format!("{form} is not a form of bills that is simulated"))?;
        if !"ZABCD".contains(status) {
            return Err(format!("{status:?} is no FDocumentStatus"));
        }
        let mut state = self.state();
        let now = state.now();
        let state = &mut *state;
        let no_options = Map::from_iter([("ValidateFlag".to_owned(), false.into())]);
        let options = Options::read(&no_options).map_err(|failure| failure.message)?;
        let (bills, materials, switches) = (&mut state.bills, &state.materials, &state.switches);
        let mut saving = Saving { op: Op::Save, form, bills, materials, switches, now };
        let Saved { id, .. } = saving.one(model, &options).map_err(|(_, problems)| {
            problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; ")
        })?;
        if let Some(bill) = state.bills.of(form).get_mut(&id) {
            bill.status = status;
            bill.approved = (status == 'C').then_some(now);
        }
        Ok(id)
    }

    pub(super) fn stored_bills(&self, form: &str) -> Result<Vec<Value>, String> {
        let form = Form::find(form).ok_or_else(|| format!("{form} is not a form that is simulated"))?;
        let mut state = self.state();
        let as_keys = Switches { view_keys: super::config::ViewKeys::FieldKeys, ..state.switches.clone() };
        Ok(state.bills.of(form).values().map(|bill| bills::view(form, bill, &as_keys)).collect())
    }
}
