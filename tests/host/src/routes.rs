//! Which component answers a path: exact routes before wildcards, longer prefixes before shorter ones.

use anyhow::{Result, anyhow, ensure};

use crate::manifest::{HttpTrigger, Route};

/// The routes of the application.
pub struct Router(routefinder::Router<Target>);

struct Target {
    component: String,
    route: String,
}

/// A route that matched a path.
#[derive(Debug, PartialEq, Eq)]
pub struct Match {
    /// The component's id.
    pub component: String,
    /// The route as the manifest has it.
    pub route: String,
    /// What the trailing `/...` stands for, with its slash; empty for an exact route.
    pub path_info: String,
    /// The values of `:name` segments.
    pub segments: Vec<(String, String)>,
}

impl Router {
    /// Takes in the public routes; of two equal ones the later counts, as in Spin.
    ///
    /// # Errors
    /// A malformed route, `private = false`, or one below `/.well-known/spin/`, which is the host's own.
    pub fn new(triggers: &[HttpTrigger]) -> Result<Self> {
        let mut router = routefinder::Router::new();
        for (index, trigger) in triggers.iter().enumerate() {
            let component = &trigger.component;
            let route = match &trigger.route {
                Route::Pattern(route) => route,
                Route::Private { private } => {
                    ensure!(
                        *private,
                        "component `{component}`: a route is a pattern or {{ private = true }}"
                    );
                    continue;
                }
            };
            let again = |later: &HttpTrigger| matches!(&later.route, Route::Pattern(other) if other == route);
            if triggers[index + 1..].iter().any(again) {
                continue;
            }
            ensure!(
                !route.starts_with("/.well-known/spin/"),
                "component `{component}`: route {route:?} is reserved"
            );
            let slash = if route.starts_with('/') { "" } else { "/" };
            let pattern = match route.strip_suffix("/...") {
                Some(prefix) => format!("{slash}{prefix}/*"),
                None => format!("{slash}{route}"),
            };
            let target = Target { component: component.clone(), route: route.clone() };
            router
                .add(pattern.as_str(), target)
                .map_err(|error| anyhow!("component `{component}`: route {route:?}: {error}"))?;
        }
        Ok(Self(router))
    }

    /// Finds the best route for a path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Match> {
        let found = self.0.best_match(path)?;
        let target = found.handler();
        let captures = found.captures();
        let path_info = captures.wildcard().map_or(String::new(), |rest| {
            // The router leaves out slashes at both ends; Spin puts them back.
            let before = if rest.is_empty() { "" } else { "/" };
            let after = if path.ends_with('/') { "/" } else { "" };
            format!("{before}{rest}{after}")
        });
        let segments = captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(Match {
            component: target.component.clone(),
            route: target.route.clone(),
            path_info,
            segments: segments.collect(),
        })
    }

    /// The routes with their components, for people.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(_, target)| (target.route.as_str(), target.component.as_str()))
    }
}

impl Match {
    /// The match that a call to `http://<component>.spin.internal` gets, whatever the component's routes.
    #[must_use]
    pub fn chained(component: &str, path: &str) -> Self {
        Self {
            component: component.to_owned(),
            route: "/...".to_owned(),
            path_info: path.to_owned(),
            segments: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Result<Router> {
        let triggers: Vec<HttpTrigger> = routes
            .iter()
            .map(|(route, component)| {
                toml::from_str(&format!("route = {route}\ncomponent = {component:?}")).unwrap()
            })
            .collect();
        Router::new(&triggers)
    }

    #[test]
    fn exact_goes_before_wildcard_and_the_longest_prefix_wins() {
        let router = router(&[
            ("\"/...\"", "all"),
            ("\"/flows/a/...\"", "a"),
            ("\"/flows/...\"", "flows"),
            ("\"/flows/a/exact\"", "exact"),
            ("\"/items/:id\"", "item"),
            ("{ private = true }", "hidden"),
        ])
        .unwrap();
        for (path, component, path_info) in [
            ("/", "all", "/"),
            ("/x", "all", "/x"),
            ("/flows", "flows", ""),
            ("/flows/", "flows", "/"),
            ("/flows/b/run", "flows", "/b/run"),
            ("/flows/a/run", "a", "/run"),
            ("/flows/a/run/", "a", "/run/"),
            ("/flows/a/exact", "exact", ""),
            ("/items/7", "item", ""),
        ] {
            let found = router.find(path).unwrap();
            assert_eq!(
                (found.component.as_str(), found.path_info.as_str()),
                (component, path_info),
                "{path}"
            );
        }
        let item = router.find("/items/7").unwrap();
        assert_eq!(item.segments, [("id".to_owned(), "7".to_owned())]);
        assert_eq!(item.route, "/items/:id");
        assert!(router.list().all(|(_, component)| component != "hidden"));
    }

    #[test]
    fn without_a_catch_all_some_paths_have_no_route() {
        assert_eq!(router(&[("\"/a\"", "a")]).unwrap().find("/b"), None);
    }

    #[test]
    fn of_two_equal_routes_the_later_counts() {
        let router = router(&[("\"/a\"", "first"), ("\"/a\"", "second")]).unwrap();
        assert_eq!(router.find("/a").unwrap().component, "second");
    }

    #[test]
    fn the_hosts_own_routes_are_reserved() {
        assert!(router(&[("\"/.well-known/spin/health\"", "a")]).is_err());
        assert!(router(&[("{ private = false }", "a")]).is_err());
    }
}
