//! One message: many alerts at once, in both languages, as plain text that every robot takes.
//!
//! What vendors said is quoted within one line, and signs that a robot would take for markup (`<at …>`, links, emphasis)
//! are made harmless: an order's remark must not be able to call all members of a group.

use crate::fleet::Code;
use crate::words::{Words, span};
use ferry_sync::shanghai;
use serde::{Deserialize, Serialize};

/// What has changed about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Opened,
    /// There are new dead letters besides those that were told.
    More,
    /// It is still open.
    Reminder,
    /// It is over.
    Recovered,
}

/// One alert in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The flow.
    pub flow: String,
    /// Its title.
    pub title: Words,
    /// What it is.
    pub code: Code,
    /// What has changed.
    pub change: Change,
    /// Since when it is open, Unix seconds.
    pub since: i64,
    /// When this was noticed, Unix seconds.
    pub at: i64,
    /// What is the matter.
    pub what: Words,
    /// What to do.
    pub hint: Words,
}

/// What goes out at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Alerts; the worst first, recoveries last.
    pub items: Vec<Item>,
    /// Where the console is; empty: no links.
    pub console_url: String,
}

impl Message {
    /// The page of an alert, where there is a console.
    pub fn link(&self, item: &Item) -> Option<String> {
        let page = match item.code {
            Code::DeadLetters => "/dead",
            _ => "",
        };
        let Message { console_url, .. } = self;
        (!console_url.is_empty()).then(|| format!("{console_url}/console/flows/{}{page}", item.flow))
    }

    /// In a few words: how many alerts, how many recoveries.
    pub fn summary(&self) -> Words {
        let recovered = self.items.iter().filter(|item| item.change == Change::Recovered).count();
        let alerts = self.items.len() - recovered;
        match (alerts, recovered) {
            (_, 0) => Words::new(format!("alerts: {alerts}"), format!("告警 {alerts} 条")),
            (0, _) => Words::new(format!("recovered: {recovered}"), format!("恢复 {recovered} 条")),
            _ => Words::new(
                format!("alerts: {alerts}, recovered: {recovered}"),
                format!("告警 {alerts} 条，恢复 {recovered} 条"),
            ),
        }
    }

    /// The text with the first so many alerts, and how many others there are.
    pub fn text(&self, kept: usize) -> String {
        let kept: Vec<String> = self.items.iter().take(kept).map(|item| self.item(item)).collect();
        self.text_of(&kept)
    }

    fn text_of(&self, items: &[String]) -> String {
        let Words { en, zh } = self.summary();
        let mut text = format!("Ferry · {zh} · {en}");
        for item in items {
            text += "\n\n";
            text += item;
        }
        let more = self.items.len() - items.len();
        if more > 0 {
            text += &format!("\n\n… 还有 {more} 条 · … and {more} more");
            if !self.console_url.is_empty() {
                text += &format!("\n{}/console", self.console_url);
            }
        }
        text
    }

    fn item(&self, item: &Item) -> String {
        let Item { flow, title, change, code, since, .. } = item;
        let (name, since_text) = (code.words(), shanghai::text(*since));
        let mut lines = Vec::new();
        let heading = |words: &Words| {
            let (zh, en) = match change {
                Change::Recovered => ("恢复", "recovered"),
                Change::Opened | Change::More => ("告警", "alert"),
                Change::Reminder => ("仍未恢复", "still open"),
            };
            format!("【{zh} {en}】{} · {}", words.zh, words.en)
        };
        lines.push(heading(&name));
        lines.push(match plain(&title.zh) {
            title if title.is_empty() => flow.clone(),
            title => format!("{title} ({flow})"),
        });
        if *change == Change::Recovered {
            let lasted = span(u64::try_from(item.at - since).unwrap_or(0));
            lines.push(format!(
                "自 {since_text} 起，历时 {} · since {since_text}, for {}",
                lasted.zh, lasted.en
            ));
        } else {
            lines.push(format!("自 {since_text} 起 · since {since_text}"));
            lines.push(plain(&item.what.zh));
            lines.push(format!("处理：{}", plain(&item.hint.zh)));
            lines.push(plain(&item.what.en));
            lines.push(format!("To do: {}", plain(&item.hint.en)));
        }
        lines.extend(self.link(item));
        let empty = |line: &String| matches!(line.as_str(), "" | "处理：" | "To do: ");
        lines.into_iter().filter(|line| !empty(line)).collect::<Vec<_>>().join("\n")
    }
}

/// One line without markup.
fn plain(text: &str) -> String {
    let look_alike = |c: char| match c {
        '<' => '＜',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        '*' => '＊',
        '`' => '｀',
        '#' => '＃',
        '@' => '＠',
        c if c.is_control() => ' ',
        c => c,
    };
    text.trim().chars().map(look_alike).collect()
}

/// The longest text that fits: as many whole alerts as there is room for, of a single one its beginning; then how many
/// others there are.
pub fn fit(message: &Message, fits: &dyn Fn(&str) -> bool) -> String {
    for kept in (1..=message.items.len()).rev() {
        let text = message.text(kept);
        if fits(&text) {
            return text;
        }
    }
    let Some(first) = message.items.first().map(|item| message.item(item)) else {
        return message.text(0);
    };
    let characters: Vec<char> = first.chars().collect();
    let cut = |length: usize| {
        let beginning: String = characters[..length].iter().collect();
        message.text_of(&[format!("{beginning}…")])
    };
    // The longest beginning that fits: the text grows with it.
    let (mut fitting, mut too_long) = (0, characters.len());
    while fitting + 1 < too_long {
        let middle = usize::midpoint(fitting, too_long);
        if fits(&cut(middle)) {
            fitting = middle;
        } else {
            too_long = middle;
        }
    }
    cut(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(code: Code, change: Change, what: &str) -> Item {
        Item {
            flow: "okki-orders-to-wise".into(),
            title: Words::new("Orders", "小满订单 → WISE"),
            code,
            change,
            since: 1_795_147_200,
            at: 1_795_147_200 + 1500,
            what: Words::new(what, what),
            hint: Words::new("mend it", "请修正"),
        }
    }

    fn message(items: Vec<Item>) -> Message {
        Message { items, console_url: "https://ferry.example.com".into() }
    }

    #[test]
    fn a_message_says_what_which_flow_since_when_what_to_do_and_where() {
        let text = message(vec![item(Code::Failing, Change::Opened, "3 runs failed")]).text(1);
        assert_eq!(
            text,
            "Ferry · 告警 1 条 · alerts: 1\n\n【告警 alert】连续失败 · failing\n小满订单 → WISE (okki-orders-to-wise)\n\
             自 2026-11-20 12:00:00 起 · since 2026-11-20 12:00:00\n3 runs failed\n处理：请修正\n3 runs failed\n\
             To do: mend it\nhttps://ferry.example.com/console/flows/okki-orders-to-wise"
        );
        let text = message(vec![item(Code::DeadLetters, Change::Recovered, "")]).text(1);
        assert_eq!(
            text,
            "Ferry · 恢复 1 条 · recovered: 1\n\n【恢复 recovered】死信 · dead letters\n小满订单 → WISE (okki-orders-to-wise)\n\
             自 2026-11-20 12:00:00 起，历时 25 分钟 · since 2026-11-20 12:00:00, for 25 min\n\
             https://ferry.example.com/console/flows/okki-orders-to-wise/dead"
        );
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let many = message((0..10).map(|_| item(Code::Lag, Change::Opened, "滞后")).collect());
        let text = fit(&many, &|text| text.len() <= 1200);
        assert!(text.len() <= 1200 && text.contains("【告警"), "{text}");
        let kept = text.matches("【告警").count();
        assert!(kept >= 2, "{text}");
        assert!(text.contains(&format!("… 还有 {n} 条 · … and {n} more", n = 10 - kept)), "{text}");
        assert!(text.ends_with("https://ferry.example.com/console"), "{text}");
        assert_eq!(fit(&many, &|_| true).matches("【告警").count(), 10);
    }

    #[test]
    fn a_single_alert_that_is_too_long_is_cut_between_characters() {
        for room in [160, 161, 162, 163] {
            let long = message(vec![
                item(Code::Lag, Change::Opened, &"滞".repeat(500)),
                item(Code::Lag, Change::Opened, ""),
            ]);
            let text = fit(&long, &|text| text.len() <= room);
            assert!(text.len() <= room && text.len() > room - 4, "{room} {}: {text}", text.len());
            assert!(text.contains("…\n\n… 还有 1 条 · … and 1 more"), "{text}");
        }
    }

    #[test]
    fn what_a_vendor_said_stays_on_its_line_and_is_no_markup() {
        let said = "坏 <at user_id=\"all\">\n【恢复】[x](http://evil) *b* `c` @all\u{7}";
        let text = message(vec![item(Code::Failing, Change::Opened, said)]).text(1);
        assert!(
            !text.contains('<') && !text.contains("[x]") && !text.contains('*') && !text.contains('@'),
            "{text}"
        );
        assert_eq!(text.lines().count(), 10, "{text}");
    }
}
