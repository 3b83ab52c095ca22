//! `ferry-mapping`: the flow file, parsed, checked and compiled.

use super::Contender;
use ferry_mapping::{Context, FlowFile, Mapping, Problem};
use serde_json::Value;

pub struct Ours {
    flow: FlowFile,
    mapping: Mapping,
}

impl Ours {
    /// Everything that happens to a flow file at every start.
    pub fn compile(flow: &str) -> Result<Ours, Vec<Problem>> {
        let flow = ferry_mapping::parse(flow)?;
        let mapping = Mapping::compile(&flow.target.request, "target.request")?;
        Ok(Ours { flow, mapping })
    }

    fn context(&self) -> Context<'_> {
        Context {
            params: &self.flow.params,
            last_sync_time: 1_793_548_800,
            current_time: 1_793_549_100,
            page_size: self.flow.source.pagination.page_size,
            start_page: 1,
            start_row: 0,
            lookups: None,
        }
    }
}

impl Contender for Ours {
    type Record = Value;
    type Document = Value;

    fn read(&self, text: &str) -> Vec<Value> {
        serde_json::from_str(text).expect("the records are JSON")
    }

    fn map(&mut self, record: &mut Value) -> Result<Value, String> {
        self.mapping.document(record, &self.context()).map_err(|error| error.to_string())
    }

    fn write(&self, documents: &[Value]) -> String {
        serde_json::to_string(documents).expect("documents are JSON")
    }

    /// Without documents in between.
    fn written(&mut self, records: &mut [Value]) -> Result<Vec<u8>, String> {
        let (context, mut out) = (self.context(), vec![b'[']);
        for (index, record) in records.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.mapping.json(record, &context, &mut out).map_err(|error| error.to_string())?;
        }
        out.push(b']');
        Ok(out)
    }
}
