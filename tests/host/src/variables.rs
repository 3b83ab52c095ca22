//! Variables: `[variables]`, their sources, and `{{ name }}` templates (spin.md 1.7).
//!
//! The sources do not change while a process lives, so every variable is resolved once, at load.

mod host;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};

use crate::manifest;

/// The application's variables with their values. Values may be secrets: no `Debug`, and never in an error.
pub struct Variables(BTreeMap<String, Variable>);

struct Variable {
    default: Option<String>,
    value: String,
}

impl Variables {
    /// Gives each declared variable its value: `SPIN_VARIABLE_<UPPER>` from `environment`, else the default.
    ///
    /// # Errors
    /// A name Spin would refuse, or required variables without a value (all of them are named).
    pub fn load(
        declared: &BTreeMap<String, manifest::Variable>,
        environment: impl Fn(&str) -> Result<Option<String>>,
    ) -> Result<Self> {
        let mut variables = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, declaration) in declared {
            check_name(name).context("invalid variable name")?;
            ensure!(
                declaration.required != declaration.default.is_some(),
                "variable `{name}`: give it either `default = \"…\"` or `required = true`"
            );
            let source = environment_name(name);
            let given =
                environment(&source).with_context(|| format!("variable `{name}`: reading {source}"))?;
            match given.or_else(|| declaration.default.clone()) {
                Some(value) => {
                    let default = declaration.default.clone();
                    variables.insert(name.clone(), Variable { default, value });
                }
                None => missing.push(format!("`{name}` (set {source})")),
            }
        }
        ensure!(missing.is_empty(), "no value for required variable(s): {}", missing.join(", "));
        Ok(Self(variables))
    }

    /// Fills in a template with the values in force.
    ///
    /// # Errors
    /// The template names a variable that the application does not declare.
    pub fn resolve(&self, template: &Template) -> Result<String> {
        template.fill(|name| self.0.get(name).map(|variable| variable.value.as_str()))
    }

    /// Fills in a template with the defaults alone; `None` when one of its variables has none.
    #[must_use]
    pub fn resolve_defaults(&self, template: &Template) -> Option<String> {
        template.fill(|name| self.0.get(name)?.default.as_deref()).ok()
    }

    /// What one component may read: its own `[component.x.variables]`, resolved.
    ///
    /// # Errors
    /// A malformed name or template, or a template naming an undeclared variable.
    pub fn for_component(&self, table: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
        table
            .iter()
            .map(|(name, text)| {
                check_name(name).context("invalid variable name")?;
                let template = Template::parse(text).with_context(|| format!("variable `{name}`"))?;
                let value = self.resolve(&template).with_context(|| format!("variable `{name}`"))?;
                Ok((name.clone(), value))
            })
            .collect()
    }
}

/// Where variables come from: the process's environment, then `.env` in the working directory.
///
/// # Errors
/// A `.env` that is there but cannot be read or parsed.
pub fn environment() -> Result<impl Fn(&str) -> Result<Option<String>>> {
    let dotenv: BTreeMap<String, String> = match dotenvy::from_path_iter(".env") {
        Ok(entries) => entries
            .collect::<Result<_, _>>()
            // dotenvy quotes the offending line, which may hold a secret.
            .map_err(|_| anyhow::anyhow!("`.env` in the working directory has a malformed line"))?,
        Err(error) if error.not_found() => BTreeMap::new(),
        Err(error) => return Err(error).context("reading `.env` in the working directory"),
    };
    Ok(move |name: &str| match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(dotenv.get(name).cloned()),
        Err(std::env::VarError::NotUnicode(_)) => bail!("its value is not UTF-8"),
    })
}

/// The environment variable that sets an application variable.
fn environment_name(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())
}

/// Spin's rule for names, in its words: lower case, digits and single underscores, a letter first.
///
/// # Errors
/// Says what is wrong with the name.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let bad = |c: &char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_');
    let problem = if name.is_empty() {
        "must not be empty".to_owned()
    } else if let Some(invalid) = name.chars().find(bad) {
        format!(
            "invalid character {invalid:?}. Variable names may contain only lower-case letters, numbers, and underscores."
        )
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "must start with a lowercase ASCII letter".to_owned()
    } else if name.ends_with('_') {
        "must end with a lowercase ASCII letter or digit".to_owned()
    } else if name.contains("__") {
        "must not contain multiple consecutive underscores".to_owned()
    } else {
        return Ok(());
    };
    bail!("{name:?}: {problem}")
}

/// A text with `{{ name }}` in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

impl Template {
    /// Splits a text at its `{{ name }}`.
    ///
    /// # Errors
    /// An opening `{{` without its `}}`.
    pub fn parse(mut text: &str) -> Result<Self> {
        let mut parts = Vec::new();
        while let Some(start) = text.find("{{") {
            let (literal, rest) = text.split_at(start);
            let Some((name, rest)) = rest[2..].split_once("}}") else {
                bail!("unmatched '{{{{' in template {text:?}");
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(Part::Variable(name.trim().to_owned()));
            text = rest;
        }
        if !text.is_empty() {
            parts.push(Part::Literal(text.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Whether the text has no variable in it.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self.0.iter().any(|part| matches!(part, Part::Variable(_)))
    }

    fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Result<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable(name) => {
                    text.push_str(value(name).with_context(|| format!("unknown variable {name:?}"))?);
                }
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Variables> {
        Variables::load(&toml::from_str(toml).unwrap(), |name| {
            Ok(environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        })
    }

    fn resolve(variables: &Variables, text: &str) -> Result<String> {
        variables.resolve(&Template::parse(text).unwrap())
    }

    #[test]
    fn the_environment_goes_before_the_default() {
        let declared = "host = { default = \"unset.invalid\" }\nport = { default = \"80\" }";
        let variables = load(declared, &[("SPIN_VARIABLE_HOST", "a.b")]).unwrap();
        assert_eq!(resolve(&variables, "https://{{ host }}:{{port}}").unwrap(), "https://a.b:80");
    }

    #[test]
    fn an_empty_value_is_a_value() {
        let variables = load("host = { default = \"x\" }", &[("SPIN_VARIABLE_HOST", "")]).unwrap();
        assert_eq!(resolve(&variables, "<{{ host }}>").unwrap(), "<>");
    }

    #[test]
    fn all_required_variables_without_a_value_are_named() {
        let error = load("a = { required = true }\nb = { required = true }\nc = { default = \"\" }", &[])
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("`a` (set SPIN_VARIABLE_A), `b` (set SPIN_VARIABLE_B)"), "{error}");
        assert!(!error.contains("`c`"), "{error}");
    }

    #[test]
    fn defaults_alone_ignore_the_environment() {
        let declared = "host = { default = \"d\" }\nkey = { required = true }";
        let variables = load(declared, &[("SPIN_VARIABLE_HOST", "e"), ("SPIN_VARIABLE_KEY", "k")]).unwrap();
        let template = Template::parse("{{ host }}").unwrap();
        assert_eq!(variables.resolve_defaults(&template).as_deref(), Some("d"));
        let template = Template::parse("{{ key }}").unwrap();
        assert_eq!(variables.resolve_defaults(&template), None);
    }

    #[test]
    fn names_are_checked_as_spin_does() {
        for good in ["a", "abc", "a1b2c3", "a_1", "a_1_b_3"] {
            check_name(good).unwrap();
        }
        for bad in ["", "aX", "1bc", "_x", "x.y", "x_", "a__b", "x-y"] {
            check_name(bad).unwrap_err();
        }
    }

    #[test]
    fn a_component_reads_its_own_table_only() {
        let variables = load("secret = { default = \"s\" }\nopen = { default = \"o\" }", &[]).unwrap();
        let table = BTreeMap::from([("mine".to_owned(), "<{{ open }}>".to_owned())]);
        let own = variables.for_component(&table).unwrap();
        assert_eq!(own, BTreeMap::from([("mine".to_owned(), "<o>".to_owned())]));
    }

    #[test]
    fn templates_with_unknown_variables_or_unmatched_braces_are_refused() {
        let variables = load("", &[]).unwrap();
        let table = BTreeMap::from([("mine".to_owned(), "{{ nobody }}".to_owned())]);
        let error = format!("{:#}", variables.for_component(&table).unwrap_err());
        assert_eq!(error, "variable `mine`: unknown variable \"nobody\"");
        Template::parse("{{ matched }} {{ unmatched").unwrap_err();
        assert!(Template::parse("https://a.b").unwrap().is_literal());
    }
}
