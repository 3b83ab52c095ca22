//! The customers of a page: looked for, and saved one by one.

use super::compare::is_as_mapped;
use super::{JdyTarget, NUMBER};
use crate::client::{Doing, jdy::stamp};
use crate::problem::{Failure, Problem};
use crate::target::{Document, Existing, Outcome};
use ferry_mapping::{Map, Value};
use ferry_platforms::Class;
use ferry_platforms::jdy::{self, CustomerQuery, Customers, LARGEST_PAGE};
use std::collections::HashSet;

const LOOKING: Doing = Doing {
    en: "looking for a customer in 星辰 (/jdy/v2/bd/customer_detail)",
    zh: "在金蝶云星辰查询客户（/jdy/v2/bd/customer_detail）",
};
const LISTING: Doing = Doing {
    en: "reading the list of customers of 星辰 (/jdy/v2/bd/customer)",
    zh: "读取金蝶云星辰的客户列表（/jdy/v2/bd/customer）",
};
const SAVING: Doing = Doing {
    en: "saving a customer in 星辰 (/jdy/v2/bd/customer)",
    zh: "向金蝶云星辰保存客户（/jdy/v2/bd/customer）",
};

/// A page of the list stands for at least so many looks; else it is not read.
const WORTH_A_PAGE: usize = 10;

/// A customer as it is to be.
struct Customer {
    number: String,
    fields: Map<String, Value>,
}

impl JdyTarget<'_> {
    pub(super) fn deliver(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        let customers: Vec<Customer> = rows.into_iter().map(customer).collect();
        let keys: Vec<String> = customers.iter().map(|customer| key(&customer.number)).collect();
        if self.existing == Existing::Keep {
            self.read_list(keys.len())?;
        }
        let mut outcomes = Vec::with_capacity(customers.len());
        for (at, customer) in customers.into_iter().enumerate() {
            outcomes.push(if keys[at].is_empty() {
                Outcome::Dead(without_number())
            } else if keys[at + 1..].contains(&keys[at]) {
                // Of two with one number the later one counts.
                Outcome::AlreadyThere
            } else {
                self.bring(customer)?
            });
        }
        Ok(outcomes)
    }

    pub(super) fn are_there(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        self.read_list(rows.len())?;
        let numbers = rows.iter().map(|row| customer(row.clone()).number);
        numbers.map(|number| Ok(!key(&number).is_empty() && self.is_there(&number)?)).collect()
    }

    fn bring(&mut self, customer: Customer) -> Result<Outcome, Failure> {
        let Customer { number, mut fields } = customer;
        if self.existing == Existing::Keep {
            if self.is_there(&number)? {
                return Ok(Outcome::AlreadyThere);
            }
        } else if let Some(there) = self.look(&number)? {
            if is_as_mapped(self.client.account(), &there, &fields) {
                return Ok(Outcome::AlreadyThere);
            }
            fields.insert("id".to_owned(), Value::String(id(&there)?));
        }
        let is_new = !fields.contains_key("id");
        match self.save(&Value::Object(fields)) {
            Ok(()) => {
                if let Some(listed) = &mut self.listed {
                    listed.insert(key(&number));
                }
                Ok(Outcome::Written)
            }
            // The words for a number and for a name that is taken are unconfirmed (2.7): what is there decides. By
            // our own request of before, whose answer was lost, or by somebody else's.
            Err(failure) if failure.class == Class::Row => {
                let is_taken = is_new && TAKEN.contains(&&*failure.problem.code);
                match is_taken && self.look(&number)?.is_some() {
                    true => Ok(Outcome::AlreadyThere),
                    false => Ok(Outcome::Dead(failure.problem)),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    fn is_there(&mut self, number: &str) -> Result<bool, Failure> {
        let is_listed = self.listed.as_ref().is_some_and(|listed| listed.contains(&key(number)));
        Ok(is_listed || self.look(number)?.is_some())
    }

    fn look(&mut self, number: &str) -> Result<Option<Value>, Failure> {
        let before = self.client.calls();
        let found = self.client.call(
            LOOKING,
            |hands| {
                // An account of 星辰 always has a token by the time a request is made.
                let token = hands.token.expect("星辰 needs a token");
                jdy::find_customer(hands.account, token, stamp(hands.moment), number)
            },
            |response| jdy::read_customer(response, number),
        );
        self.looks += self.client.calls() - before;
        found
    }

    fn save(&mut self, customer: &Value) -> Result<(), Failure> {
        let saved = self.client.change(
            SAVING,
            |hands| {
                let token = hands.token.expect("星辰 needs a token");
                jdy::save_customer(hands.account, token, stamp(hands.moment), customer)
            },
            jdy::read_saved,
        );
        saved.map(|_| ())
    }

    /// The numbers of all customers, once in an invocation, where that takes fewer calls than so many looks. A row
    /// is proof that the customer is there, whatever the pages leave out or repeat.
    fn read_list(&mut self, looks: usize) -> Result<(), Failure> {
        if self.listed.is_some() || looks < WORTH_A_PAGE {
            return Ok(());
        }
        let first = self.list(1)?;
        let pages = match (first.count, first.rows.len() as u64) {
            (Some(count), rows @ 1..) => count.div_ceil(rows),
            _ => 1,
        };
        let mut listed: HashSet<String> = numbers(&first).collect();
        let worth = (looks / WORTH_A_PAGE) as u64;
        if pages <= worth {
            for page in 2..=u32::try_from(pages).unwrap_or(1) {
                listed.extend(numbers(&self.list(page)?));
            }
        }
        self.listed = Some(listed);
        Ok(())
    }

    fn list(&mut self, page: u32) -> Result<Customers, Failure> {
        let query =
            CustomerQuery { page, page_size: LARGEST_PAGE, search: None, modified_ms: None, enabled: None };
        let before = self.client.calls();
        let customers = self.client.call(
            LISTING,
            |hands| {
                let token = hands.token.expect("星辰 needs a token");
                jdy::list_customers(hands.account, token, stamp(hands.moment), &query)
            },
            jdy::read_customers,
        );
        self.looks += self.client.calls() - before;
        customers
    }
}

/// Names of errors in `platforms::jdy`'s table: a number, or a name, that is taken.
const TAKEN: [&str; 2] = ["duplicate_number", "name_taken"];

fn customer(row: Document) -> Customer {
    let Document::Json(Value::Object(fields)) = row else { unreachable!("this target maps to an object") };
    // What a record does not have is not sent: what is there stays.
    let fields: Map<String, Value> = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let number = fields.get(NUMBER).and_then(Value::as_str).unwrap_or_default().to_owned();
    Customer { number, fields }
}

fn numbers(customers: &Customers) -> impl Iterator<Item = String> {
    customers.rows.iter().filter_map(|row| row[NUMBER].as_str().map(key))
}

/// What tells numbers apart, as [`jdy::read_customer`] does: neither letter case nor blanks around.
fn key(number: &str) -> String {
    number.trim().to_ascii_lowercase()
}

/// The `id` of a customer that is there, without which a save would make another one.
fn id(there: &Value) -> Result<String, Failure> {
    match &there["id"] {
        Value::String(id) if !id.is_empty() => Ok(id.clone()),
        Value::Number(id) => Ok(id.to_string()),
        _ => Err(Failure::new(
            Class::Fatal,
            Problem::new(
                "customer_without_id",
                format!("{}: the customer {} has no id", LOOKING.en, there[NUMBER]),
                format!("{}：客户 {} 没有 id", LOOKING.zh, there[NUMBER]),
            )
            .hint(
                "nothing was saved, since without the id it would be a second customer; please report it",
                "未保存：没有 id 会新建重复客户；请反馈该情况",
            ),
        )),
    }
}

fn without_number() -> Problem {
    Problem::new("customer_without_number", "the customer has no number", "客户没有编码（number）").hint(
        "look at what the record has in the field that number is mapped from, and retry",
        "请检查 number 所映射的来源字段，然后重试",
    )
}
