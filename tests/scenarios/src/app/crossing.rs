//! A flow between two systems of a company whose data fit together, and what has arrived on the other side.

use super::documents::{self, Documents};
use super::flow::Flow;
use super::systems::Systems;
use super::world::{World, ready};
use serde_json::Value;
use xtask::app::Trigger;
use xtask::flows;
use xtask::rundir::RunDir;
use xtask::simulator::{Company, System};

/// One scenario's flow and systems.
pub struct Crossing {
    /// The systems: the flow's two, and what else the company runs.
    pub systems: Systems,
    /// The flow.
    pub flow: &'static flows::Flow,
    world: World,
}

impl Crossing {
    /// A company that runs the flow's two systems, with so many records in the source.
    ///
    /// # Panics
    /// When something does not start.
    pub fn new(flow: &str, records: u64) -> Self {
        let flow = flows::Flow::find(flow).expect("a flow");
        let mut company = Company::of(&[flow.from]);
        company.systems.extend(flow.to);
        match flow.from {
            System::Galaxy => company.materials = records,
            System::Jushuitan if flow.to == Some(System::Jdy) => company.shops = records,
            System::Jushuitan => company.returns = records,
            System::Wangdiantong => company.stockouts = records,
            System::Okki => company.orders = records,
            System::Wise | System::Jdy => panic!("no flow reads from {}", flow.from.name()),
        }
        Self::in_company(flow, &company)
    }

    /// The same in a company that runs and has more.
    ///
    /// # Panics
    /// When something does not start.
    pub fn in_company(flow: &'static flows::Flow, company: &Company) -> Self {
        ready();
        let directory = RunDir::new().expect("a directory for the scene");
        let systems = Systems::start(company, directory.path());
        let accounts = systems.accounts().into_iter().map(|(name, value)| (name.to_owned(), value));
        let variables = accounts.chain(flows::FLOWS.iter().filter_map(flows::Flow::start)).collect();
        let mut world = World::new(directory, variables, &[]);
        world.watch(&systems);
        Crossing { systems, flow, world }
    }

    /// Starts the app with its HTTP components; its state is that of the app before, if there was one.
    ///
    /// # Panics
    /// When it does not get ready.
    pub fn start(&self) -> Flow {
        self.start_with(&[])
    }

    /// The same with changes of single variables of `spin.toml`.
    ///
    /// # Panics
    /// When it does not get ready.
    pub fn start_with(&self, changes: &[(&str, &str)]) -> Flow {
        self.world.start(self.flow.name, Trigger::Http, changes)
    }

    /// The same with other triggers.
    ///
    /// # Panics
    /// When it does not get ready.
    pub fn start_triggered(&self, trigger: Trigger, changes: &[(&str, &str)]) -> Flow {
        self.world.start(self.flow.name, trigger, changes)
    }

    /// Whether this is the local host, which moves its components' clock.
    pub fn is_local(&self) -> bool {
        self.world.is_local()
    }

    /// One more secret that must not be seen.
    pub fn add_secret(&mut self, name: &str, value: &str) {
        self.world.add_secret(name, value);
    }

    /// Whether a text is in a file that the app wrote: log or store.
    pub fn is_written_down(&self, text: &str) -> bool {
        self.world.is_written_down(text)
    }

    /// Where logs and store are.
    pub fn directory(&self) -> &std::path::Path {
        self.world.directory()
    }

    /// Neither log nor store nor answer holds a secret.
    ///
    /// # Panics
    /// When one does.
    pub fn assert_no_secret(&self) {
        self.world.assert_no_secret();
    }

    /// The records that the flow should carry, as the source's control API lists them.
    ///
    /// # Panics
    /// When the simulator does not answer.
    pub fn records(&self) -> Vec<Value> {
        documents::records(self.flow.name, &self.systems)
    }

    /// What has arrived, by its key.
    ///
    /// # Panics
    /// When something is there twice.
    pub fn arrived(&self) -> Documents {
        documents::arrived(self.flow.name, &self.systems)
    }

    /// The same, one by one: what is there twice comes twice.
    ///
    /// # Panics
    /// When the simulator does not answer.
    pub fn arrivals(&self) -> Vec<(String, Value)> {
        documents::arrivals(self.flow.name, &self.systems)
    }

    /// What these records should have become.
    ///
    /// # Panics
    /// When two become the same document, or a return has no notice.
    pub fn expected(&self, records: &[Value]) -> Documents {
        documents::expected(self.flow.name, &self.systems, records)
    }

    /// Record by record and field by field, the target holds what the source holds, and nothing else.
    ///
    /// # Panics
    /// When it does not; with the differences.
    pub fn assert_in_step(&self) {
        let expected = self.expected(&self.records());
        assert!(!expected.is_empty(), "a scenario about nothing");
        self.assert_holds(&expected);
    }

    /// The target holds exactly these documents.
    ///
    /// # Panics
    /// When it does not; with the differences.
    pub fn assert_holds(&self, expected: &Documents) {
        let differences = documents::differences(expected, &self.arrived());
        assert!(differences.is_empty(), "source and target differ:\n{differences}");
    }
}
