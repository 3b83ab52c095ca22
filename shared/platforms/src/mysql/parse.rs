//! The flow's `main_sql`: one `INSERT` with a named placeholder for each column, and nothing else.
//! Multi-row statements, conflict clauses and the like are Ferry's to write, from this one.

use crate::Problem;

/// `INSERT INTO [db.]table (column, …) VALUES (:placeholder, …)`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// The database, where the statement names one; else the account's.
    pub database: Option<String>,
    /// The table, without its quotes.
    pub table: String,
    /// The columns, without their quotes; no two alike.
    pub columns: Vec<String>,
    /// For each column the placeholder that fills it, without the colon.
    pub placeholders: Vec<String>,
}

/// MySQL's longest identifier.
const MAX_IDENTIFIER_CHARS: usize = 64;

impl Insert {
    /// Reads `main_sql`. Identifiers may stand between backticks, and have no quotes in them; bare ones may have
    /// letters (Chinese ones too), digits, `_` and `$`. A closing `;` is allowed.
    ///
    /// # Errors
    /// What was expected, what was found and where, counted in characters from 1.
    pub fn parse(main_sql: &str) -> Result<Insert, Problem> {
        let mut text = Text { all: main_sql, rest: main_sql };
        text.expects("INSERT")?;
        text.expects("INTO")?;
        let mut table = text.identifier("a table", "表名")?;
        let mut database = None;
        if text.takes('.') {
            database = Some(table);
            table = text.identifier("a table", "表名")?;
        }
        let columns = text.list(|text| text.identifier("a column", "列名"))?;
        if !text.takes_word("VALUES") {
            text.expects("VALUE")?;
        }
        let placeholders = text.list(Text::placeholder)?;
        text.takes(';');
        text.end()?;

        if columns.len() != placeholders.len() {
            let (columns, placeholders) = (columns.len(), placeholders.len());
            return Err(problem(
                format!("{columns} columns, but {placeholders} placeholders"),
                format!("列有 {columns} 个，占位符却有 {placeholders} 个"),
            ));
        }
        for (at, column) in columns.iter().enumerate() {
            if columns[..at].iter().any(|earlier| same_name(earlier, column)) {
                return Err(problem(
                    format!("column `{column}` is named twice"),
                    format!("列 `{column}` 重复"),
                ));
            }
        }
        Ok(Insert { database, table, columns, placeholders })
    }
}

/// Column names are compared without regard to case, as MySQL does.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn problem(en: String, zh: String) -> Problem {
    Problem::new(
        "main_sql",
        format!("{en}. The form is: INSERT INTO table (column, …) VALUES (:placeholder, …)"),
        format!("{zh}。格式为：INSERT INTO 表 (列, …) VALUES (:占位符, …)"),
    )
}

/// What is left of the statement.
struct Text<'a> {
    all: &'a str,
    rest: &'a str,
}

impl<'a> Text<'a> {
    fn expects(&mut self, keyword: &str) -> Result<(), Problem> {
        if self.takes_word(keyword) { Ok(()) } else { Err(self.expected(keyword, keyword)) }
    }

    /// Takes this word, if it is next.
    fn takes_word(&mut self, keyword: &str) -> bool {
        self.rest = self.rest.trim_start();
        let (word, rest) = self.rest.split_at(self.word_len());
        let found = word.eq_ignore_ascii_case(keyword);
        if found {
            self.rest = rest;
        }
        found
    }

    /// Takes this symbol, if it is next.
    fn takes(&mut self, symbol: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// `( item, item, … )`, at least one.
    fn list(&mut self, item: impl Fn(&mut Self) -> Result<String, Problem>) -> Result<Vec<String>, Problem> {
        if !self.takes('(') {
            return Err(self.expected("'('", "“(”"));
        }
        let mut items = vec![item(self)?];
        while self.takes(',') {
            items.push(item(self)?);
        }
        if !self.takes(')') {
            return Err(self.expected("',' or ')'", "“,”或“)”"));
        }
        Ok(items)
    }

    fn identifier(&mut self, en: &str, zh: &str) -> Result<String, Problem> {
        self.rest = self.rest.trim_start();
        let name = if self.rest.starts_with('`') { self.quoted(en, zh)? } else { self.bare(en, zh)? };
        let chars = name.chars().count();
        if chars == 0 || chars > MAX_IDENTIFIER_CHARS || name.ends_with(' ') || name.contains('\0') {
            return Err(problem(
                format!(
                    "`{name}` cannot be {en}: it is empty, longer than 64 characters, or ends with a blank"
                ),
                format!("`{name}` 不能作为{zh}：为空、超过 64 个字符或以空格结尾"),
            ));
        }
        // No table that people made has them; where one does, somebody wants more than a name.
        if let Some(quote) = name.chars().find(|char| matches!(char, '`' | '"' | '\'' | '\\')) {
            return Err(problem(
                format!("`{name}` cannot be {en}: there is a {quote} in it"),
                format!("`{name}` 不能作为{zh}：其中含有 {quote}"),
            ));
        }
        Ok(name)
    }

    fn bare(&mut self, en: &str, zh: &str) -> Result<String, Problem> {
        let (name, rest) = self.rest.split_at(self.word_len());
        if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.expected(en, zh));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn quoted(&mut self, en: &str, zh: &str) -> Result<String, Problem> {
        let mut name = String::new();
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((at, char)) = chars.next() {
            if char != '`' {
                name.push(char);
            } else if chars.next_if(|(_, next)| *next == '`').is_some() {
                name.push('`');
            } else {
                self.rest = &self.rest[at + 1..];
                return Ok(name);
            }
        }
        Err(self.expected(&format!("{en} with its closing backtick"), &format!("带结尾反引号的{zh}")))
    }

    fn placeholder(&mut self) -> Result<String, Problem> {
        let (en, zh) = (
            "a placeholder as :name (values and expressions belong into the flow's main_params)",
            "占位符，如 :name（常量和表达式请写在流程的 main_params 中）",
        );
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(':') else {
            return Err(self.expected(en, zh));
        };
        let before = std::mem::replace(&mut self.rest, rest);
        self.bare(en, zh).map_err(|_| Text { all: self.all, rest: before }.expected(en, zh))
    }

    fn end(&mut self) -> Result<(), Problem> {
        self.rest = self.rest.trim_start();
        match self.rest {
            "" => Ok(()),
            _ => Err(self.expected(
                "the end (Ferry itself puts many rows into a statement, and writes ON DUPLICATE KEY UPDATE when idCheck is false)",
                "语句结束（多行写入由 Ferry 自动完成；idCheck 为 false 时 Ferry 自动加上 ON DUPLICATE KEY UPDATE）",
            )),
        }
    }

    /// How long the word is that stands here, in bytes.
    fn word_len(&self) -> usize {
        let is_word = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
        self.rest.find(|char| !is_word(char)).unwrap_or(self.rest.len())
    }

    fn expected(&self, en: &str, zh: &str) -> Problem {
        let at = self.all[..self.all.len() - self.rest.len()].chars().count() + 1;
        let word = match self.word_len() {
            0 => self.rest.chars().take(1).collect::<String>(),
            len => self.rest[..len].chars().take(MAX_IDENTIFIER_CHARS).collect(),
        };
        let (found_en, found_zh) = match word.as_str() {
            "" => ("the statement ends".to_owned(), "语句结束".to_owned()),
            word => (format!("{word:?} stands there"), format!("实际为 {word:?}")),
        };
        problem(
            format!("at character {at}: expected {en}, but {found_en}"),
            format!("第 {at} 个字符处：应为{zh}，{found_zh}"),
        )
    }
}
