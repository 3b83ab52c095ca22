//! Lookups in 金蝶云星空: `executeBillQuery` with all keys of a page in one filter.

use super::{Fetch, Key, LookupPart};
use crate::client::{Client, Doing, galaxy::Galaxy};
use crate::flow::Unloaded;
use crate::host::Variables;
use crate::problem::{Failure, Problem};
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{Context, FlowFile, Map, Mapping, Problem as FileProblem, Template, Value};
use ferry_platforms::galaxy::{self, Account, MAX_NUMBERS, MAX_ROWS, Query};
use std::collections::{BTreeMap, BTreeSet};

const DOING: Doing = Doing {
    interface: "executeBillQuery",
    en: "looking up in Galaxy by executeBillQuery",
    zh: "用 executeBillQuery 在金蝶云星空中查找",
};

/// One lookup, compiled.
struct Spec {
    form_id: String,
    filter: Option<Template>,
    /// Names of the mapping, keys first; each with Galaxy's field key.
    fields: Vec<(String, String)>,
    account: String,
}

struct Part {
    specs: BTreeMap<String, Spec>,
    accounts: BTreeMap<String, Account>,
}

/// Loads the lookups of a flow, all of them in 金蝶云星空.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn LookupPart>, Unloaded> {
    let specs = compile(file)?;
    let mut accounts = BTreeMap::new();
    for spec in specs.values() {
        if !accounts.contains_key(&spec.account) {
            let variable = |name: &str| variables.get(name).unwrap_or_default();
            accounts.insert(spec.account.clone(), Account::from_variables(&spec.account, variable)?);
        }
    }
    Ok(Box::new(Part { specs, accounts }))
}

fn compile(file: &FlowFile) -> Result<BTreeMap<String, Spec>, Vec<FileProblem>> {
    let mapping = Mapping::compile(&file.target.request, "target.request")?;
    let mut specs = BTreeMap::new();
    for (name, lookup) in &file.lookups {
        let path = format!("lookups.{name}");
        if lookup.platform != "galaxy" {
            return Err(vec![FileProblem::new(
                "lookup_platform",
                format!("{path}.platform"),
                "records are looked up in 金蝶云星空 (galaxy) only".into(),
                "目前只能在金蝶云星空（galaxy）中查找记录".into(),
            )]);
        }
        let found: BTreeSet<&str> = mapping.found_in(name);
        let names = lookup.key.iter().map(String::as_str).chain(found);
        let mut fields: Vec<(String, String)> = Vec::new();
        for name in names {
            if !fields.iter().any(|(known, _)| known == name) {
                fields.push((name.to_owned(), field_key(name)));
            }
        }
        let filter = lookup.filter.as_deref();
        let filter = filter.map(|text| Template::compile(text, &format!("{path}.filter"))).transpose()?;
        specs.insert(
            name.clone(),
            Spec {
                form_id: lookup.form_id.clone().unwrap_or_default(),
                filter,
                fields,
                account: lookup.account.clone(),
            },
        );
    }
    Ok(specs)
}

/// Galaxy's key of a field that may be written as the incumbent names the columns of its answers:
/// `FSaleOrgId_FNumber` for `FSaleOrgId.FNumber`.
fn field_key(name: &str) -> String {
    match name.rsplit_once('_') {
        Some((field, property))
            if ["FNUMBER", "FNAME", "FID"].contains(&property.to_ascii_uppercase().as_str())
                && field.len() > 1
                && !name.contains('.') =>
        {
            format!("{field}.{property}")
        }
        _ => name.to_owned(),
    }
}

impl LookupPart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Fetch + 'h> {
        let clients = self
            .accounts
            .iter()
            .map(|(name, account)| (name.as_str(), Client::new(opening, name, account)))
            .collect();
        Box::new(GalaxyLookups { specs: &self.specs, clients, params: &opening.file.params })
    }
}

struct GalaxyLookups<'h> {
    specs: &'h BTreeMap<String, Spec>,
    clients: BTreeMap<&'h str, Client<'h, Galaxy>>,
    params: &'h BTreeMap<String, Value>,
}

impl GalaxyLookups<'_> {
    fn ask(&mut self, spec: &Spec, keys: &[Key]) -> Result<Vec<Value>, Failure> {
        let mut filter = one_of(spec, keys);
        if let Some(template) = &spec.filter {
            let context = Context {
                params: self.params,
                last_sync_time: 0,
                current_time: 0,
                page_size: 0,
                start_page: 0,
                start_row: 0,
                lookups: None,
            };
            let own = template
                .render(None, &context, &|value| galaxy::quote(value))
                .map_err(|error| Failure::fatal(Problem::from(&error)))?;
            filter = format!("({filter}) and ({own})");
        }
        let query = Query {
            form_id: spec.form_id.clone(),
            field_keys: spec.fields.iter().map(|(_, key)| key.clone()).collect(),
            filter,
            order: String::new(),
            limit: MAX_ROWS,
            start_row: 0,
            top_row_count: 0,
        };
        let client = self.clients.get_mut(spec.account.as_str()).expect("loaded for each lookup");
        let rows = client.call(
            DOING,
            |hands| galaxy::execute_bill_query(hands.account, hands.token, hands.moment.seconds(), &query),
            |response| galaxy::read_query(response, spec.fields.len()),
        )?;
        if rows.len() >= MAX_ROWS as usize && keys.len() > 1 {
            // There may be more than one answer holds, and a key among those that are missing.
            let (one, other) = keys.split_at(keys.len() / 2);
            let mut records = self.ask(spec, one)?;
            records.extend(self.ask(spec, other)?);
            return Ok(records);
        }
        let record = |cells: Vec<Value>| {
            let names = spec.fields.iter().map(|(name, _)| name.clone());
            Value::Object(names.zip(cells).collect::<Map<String, Value>>())
        };
        Ok(rows.into_iter().map(record).collect())
    }
}

/// A filter for the records that have one of these keys.
fn one_of(spec: &Spec, keys: &[Key]) -> String {
    let key_of = |name: &str| {
        let field = spec.fields.iter().find(|(known, _)| known == name);
        field.map_or_else(|| field_key(name), |(_, key)| key.clone())
    };
    if let Some([(name, _)]) = keys.first().map(Vec::as_slice)
        && keys.iter().all(|key| matches!(key.as_slice(), [(other, _)] if other == name))
    {
        let values: Vec<&str> = keys.iter().map(|key| key[0].1.as_str()).collect();
        return galaxy::any_of(&key_of(name), &values);
    }
    let each: Vec<String> = keys
        .iter()
        .map(|key| {
            let all: Vec<String> = key
                .iter()
                .map(|(name, value)| format!("{}='{}'", key_of(name), galaxy::quote(value)))
                .collect();
            format!("({})", all.join(" and "))
        })
        .collect();
    each.join(" or ")
}

impl Fetch for GalaxyLookups<'_> {
    fn fetch(&mut self, name: &str, keys: &[Key]) -> Result<Vec<Value>, Failure> {
        let specs = self.specs;
        let spec = specs.get(name).expect("the check knows all lookups");
        let mut records = Vec::new();
        for some in keys.chunks(MAX_NUMBERS) {
            records.extend(self.ask(spec, some)?);
        }
        Ok(records)
    }

    fn calls(&self) -> u64 {
        self.clients.values().map(Client::calls).sum()
    }

    fn called(&mut self) -> Vec<Interface> {
        self.clients.values_mut().flat_map(Client::called).collect()
    }

    fn used_keys(&mut self) -> Vec<String> {
        self.clients.values_mut().flat_map(Client::used_keys).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_may_be_named_as_the_incumbent_does() {
        assert_eq!(field_key("FSALEORGID_Fnumber"), "FSALEORGID.Fnumber");
        assert_eq!(field_key("F_XC_Base_Fnumber"), "F_XC_Base.Fnumber");
        for same in ["FSaleOrgId.FNumber", "FBillNo", "FEntity_FEntryID", "F_XC_Text"] {
            assert_eq!(field_key(same), same);
        }
    }

    #[test]
    fn all_keys_of_a_page_are_one_filter_and_a_quote_stays_a_value() {
        let fields = vec![("FBillNo".to_owned(), "FBillNo".to_owned())];
        let spec = Spec { form_id: "X".into(), filter: None, fields, account: "galaxy".into() };
        let key = |parts: &[(&str, &str)]| -> Key {
            parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let simple = [key(&[("FBillNo", "A'1")]), key(&[("FBillNo", "B")])];
        assert_eq!(one_of(&spec, &simple), "FBillNo in ('A''1','B')");
        let double = [key(&[("FBillNo", "A"), ("FOrg", "1' or '1'='1")])];
        assert_eq!(one_of(&spec, &double), "(FBillNo='A' and FOrg='1'' or ''1''=''1')");
    }
}
