//! The customers, and how they change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// `id`
    pub id: String,
    /// `number`
    pub number: String,
    /// `name`
    pub name: String,
    /// `enable`
    pub enabled: bool,
    /// All else, by the names of section 2.3.
    pub fields: Map<String, Value>,
    /// `contact_persons`, each with an `id`.
    pub contacts: Vec<Map<String, Value>>,
    /// `create_time`, in milliseconds since 1970.
    pub created_ms: i64,
    /// `modify_time`, likewise.
    pub modified_ms: i64,
}

/// A change behind the caller's back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Adds a customer; one with the same number is replaced.
    Add {
        /// `number`
        number: String,
        /// `name`
        name: String,
    },
    /// Renames customers.
    Rename {
        /// Which.
        numbers: Vec<String>,
        /// `name`
        name: String,
    },
    /// Allows or forbids customers.
    Enable {
        /// Which.
        numbers: Vec<String>,
        /// `enable`
        enabled: bool,
    },
    /// Deletes customers.
    Delete {
        /// Which.
        numbers: Vec<String>,
    },
}

/// All of them, by id.
#[derive(Debug, Default)]
pub(super) struct Customers {
    pub by_id: BTreeMap<String, Customer>,
    /// What was ever stored under a number: what is gone or has another one since is still named here.
    numbered: HashMap<String, BTreeSet<String>>,
    last_id: u64,
}

impl Customers {
    /// A new id, of 19 digits like the vendor's.
    pub fn next_id(&mut self) -> String {
        self.last_id += 1;
        (1_595_870_110_129_819_647 + self.last_id).to_string()
    }

    /// By number.
    pub fn by_number(&self, number: &str) -> Option<&Customer> {
        let there = self.numbered.get(number)?.iter().filter_map(|id| self.by_id.get(id));
        there.into_iter().find(|customer| customer.number == number)
    }

    /// Stores a customer, new or changed.
    pub fn store(&mut self, customer: Customer) {
        self.numbered.entry(customer.number.clone()).or_default().insert(customer.id.clone());
        self.by_id.insert(customer.id.clone(), customer);
    }

    /// Adds or replaces by number.
    pub fn add(&mut self, number: &str, name: &str, fields: Map<String, Value>, now_ms: i64) {
        let old = self.by_number(number).map(|old| (old.id.clone(), old.created_ms));
        let (id, created_ms) = old.unwrap_or_else(|| (self.next_id(), now_ms));
        let customer = Customer {
            id,
            number: number.to_owned(),
            name: name.to_owned(),
            enabled: true,
            fields,
            contacts: Vec::new(),
            created_ms,
            modified_ms: now_ms,
        };
        self.store(customer);
    }

    /// Changes; how many were touched.
    pub fn change(&mut self, change: &Change, now_ms: i64) -> usize {
        let each =
            |by_id: &mut BTreeMap<String, Customer>, numbers: &[String], set: &dyn Fn(&mut Customer)| {
                let mut touched = 0;
                for customer in by_id.values_mut().filter(|customer| numbers.contains(&customer.number)) {
                    set(customer);
                    customer.modified_ms = now_ms;
                    touched += 1;
                }
                touched
            };
        match change {
            Change::Add { number, name } => {
                self.add(number, name, Map::new(), now_ms);
                1
            }
            Change::Rename { numbers, name } => {
                each(&mut self.by_id, numbers, &|customer| customer.name.clone_from(name))
            }
            Change::Enable { numbers, enabled } => {
                each(&mut self.by_id, numbers, &|customer| customer.enabled = *enabled)
            }
            Change::Delete { numbers } => {
                let before = self.by_id.len();
                self.by_id.retain(|_, customer| !numbers.contains(&customer.number));
                before - self.by_id.len()
            }
        }
    }
}
