//! The flows that the app was built with, as far as their flow files tell.

use crate::texts::Language;
use serde_json::Value;

/// A flow: its name, the text of its flow file, and its samples.
#[derive(Debug, Clone, Copy)]
pub struct FlowEntry {
    /// The name, which is the component's too.
    pub name: &'static str,
    /// `flow.json`.
    pub file: &'static str,
    /// `samples/*.json`.
    pub samples: &'static [Sample],
}

/// A sample record: `{"about", "record", …}`.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The file's name without its ending.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// What a page's heading says of a flow.
#[derive(Debug, Clone)]
pub struct About {
    /// The name.
    pub name: &'static str,
    /// For people.
    pub title: String,
    /// The source's platform and interface.
    pub source: (String, String),
    /// The target's.
    pub target: (String, String),
    /// Whether its source is a full list, which has no windows and no watermark to set.
    pub is_list: bool,
}

impl FlowEntry {
    /// Read from the flow file.
    pub fn about(&self, language: Language) -> About {
        let file: Value = serde_json::from_str(self.file).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let end = |side: &str| (text(&file[side]["platform"]), text(&file[side]["api"]));
        let title = match language {
            Language::Zh => text(&file["title"]["zh"]),
            Language::En => text(&file["title"]["en"]),
        };
        let (source, target) = (end("source"), end("target"));
        let is_list = !self.file.contains("LAST_SYNC_TIME");
        About { name: self.name, title, source, target, is_list }
    }
}

/// What people call a platform.
pub fn platform_name(platform: &str, language: Language) -> &str {
    match (platform, language) {
        ("galaxy", Language::Zh) => "金蝶云星空",
        ("galaxy", Language::En) => "Kingdee Galaxy",
        ("jushuitan", Language::Zh) => "聚水潭",
        ("jushuitan", Language::En) => "Jushuitan",
        ("wangdiantong", Language::Zh) => "旺店通旗舰版",
        ("wangdiantong", Language::En) => "Wangdiantong",
        ("okki", Language::Zh) => "小满 OKKI",
        ("okki", Language::En) => "Xiaoman OKKI",
        ("wise", Language::Zh) => "金蝶 K3 WISE",
        ("wise", Language::En) => "Kingdee K3 WISE",
        ("jdy", Language::Zh) => "金蝶云星辰",
        ("jdy", Language::En) => "Kingdee Xingchen",
        ("mysql", _) => "MySQL",
        (other, _) => other,
    }
}
