//! A jq program, run by jaq.

use super::Contender;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

pub struct Jaq(Filter<data::JustLut<Val>>);

impl Jaq {
    pub fn compile(program: &str) -> Result<Jaq, String> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(&arena, File { code: program, path: () })
            .map_err(|errors| format!("{errors:?}"))?;
        let filter = Compiler::default().with_funs(functions).compile(modules);
        filter.map(Jaq).map_err(|errors| format!("{errors:?}"))
    }
}

impl Contender for Jaq {
    type Record = Val;
    type Document = Val;

    fn read(&self, text: &str) -> Vec<Val> {
        match read::parse_single(text.as_bytes()).expect("the records are JSON") {
            Val::Arr(records) => records.to_vec(),
            other => panic!("the records are no list: {other}"),
        }
    }

    /// Cloning a jaq value counts a reference up, no more.
    fn map(&mut self, record: &mut Val) -> Result<Val, String> {
        let context = Ctx::<data::JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        let mut documents = self.0.id.run((context, record.clone())).map(unwrap_valr);
        let document = documents.next().ok_or("no document")?;
        document.map_err(|error| error.to_string())
    }

    fn write(&self, documents: &[Val]) -> String {
        Val::Arr(documents.to_vec().into()).to_string()
    }
}
