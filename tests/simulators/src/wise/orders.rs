//! The orders that are stored, and where those of a number are.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::Order;
use super::filter::{Filter, folded};

/// The fields of the head by which orders are asked for one by one.
const NUMBERS: [&str; 2] = ["FBillNo", "FPOOrdBillNo"];

/// The orders, the oldest first.
#[derive(Default)]
pub(super) struct Orders {
    all: Vec<Order>,
    /// Places in `all`, by each of [`NUMBERS`] as SQL Server compares them.
    places: [HashMap<String, BTreeSet<usize>>; 2],
}

impl Orders {
    pub fn all(&self) -> &[Order] {
        &self.all
    }

    pub fn add(&mut self, order: Order) {
        for (places, field) in self.places.iter_mut().zip(NUMBERS) {
            let number = order.page1.get(field).and_then(Value::as_str).unwrap_or_default();
            places.entry(folded(number)).or_default().insert(self.all.len());
        }
        // An order that was made in the ERP itself may say nothing of it in its head.
        self.places[0].entry(folded(&order.bill_no)).or_default().insert(self.all.len());
        self.all.push(order);
    }

    /// How many were there.
    pub fn delete(&mut self, bill_nos: &[String]) -> usize {
        let before = self.all.len();
        let kept: Vec<Order> =
            std::mem::take(self).all.into_iter().filter(|order| !bill_nos.contains(&order.bill_no)).collect();
        kept.into_iter().for_each(|order| self.add(order));
        before - self.all.len()
    }

    /// Whether a bill number is taken, whatever the letter case, as SQL Server compares.
    pub fn has(&self, bill_no: &str) -> bool {
        let there = self.places[0].get(&folded(bill_no)).into_iter().flatten();
        there.into_iter().any(|at| folded(&self.all[*at].bill_no) == folded(bill_no))
    }

    /// All that a filter may let through, the oldest first.
    pub fn candidates(&self, filter: &Filter) -> Vec<&Order> {
        let by_number = NUMBERS.iter().zip(&self.places);
        let places = by_number.filter_map(|(field, places)| {
            let values = filter.values(field)?;
            let places: BTreeSet<usize> =
                values.iter().filter_map(|value| places.get(&folded(value))).flatten().copied().collect();
            Some(places)
        });
        match places.into_iter().next() {
            Some(places) => places.into_iter().map(|at| &self.all[at]).collect(),
            None => self.all.iter().collect(),
        }
    }
}
