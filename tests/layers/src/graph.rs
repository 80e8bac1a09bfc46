//! The graph of uses between files.

use crate::mention::{Form, Mention, mentions};
use crate::modules::{Found, Id, Import, Module, Modules};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The modules and their uses of each other.
pub struct Graph {
    names: Vec<String>,
    uses: Vec<Use>,
}

/// A name that one module uses from another. The numbers are nodes of the graph.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    pub from: usize,
    pub to: usize,
    /// The file and line: `src/decode.rs:3`.
    pub place: String,
    /// The path as written: `crate::frame::Frame`.
    pub path: String,
}

/// All names that one module uses from another.
pub struct Between<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub uses: Vec<&'a Use>,
}

impl fmt::Display for Between<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} uses {}:", self.from, self.to)?;
        self.uses.iter().try_for_each(|used| write!(f, "\n        {}: {}", used.place, used.path))
    }
}

impl Graph {
    /// Makes a graph with a node for each file.
    pub fn of(modules: &Modules) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut number_of = BTreeMap::new();
        for module in modules.all() {
            number_of.entry(module.file.clone()).or_insert_with(|| {
                names.push(if module.name.is_empty() { "lib".into() } else { module.name.clone() });
                names.len() - 1
            });
        }
        let mut uses = BTreeSet::new();
        for (id, module) in modules.all().iter().enumerate() {
            let from = number_of[&module.file];
            for (found, line, path) in used_by(modules, id, module) {
                let (Found::Module(target) | Found::Item(target)) = found;
                let to = number_of[&modules.all()[target].file];
                if from != to {
                    uses.insert(Use {
                        from,
                        to,
                        place: format!("src/{}:{line}", module.file),
                        path: path.join("::"),
                    });
                }
            }
        }
        Self { names, uses: uses.into_iter().collect() }
    }

    /// Makes a graph with a node for each module directly under `lib.rs`, including the module's
    /// folder.
    pub fn by_folder(&self) -> Self {
        let folder = |name: &str| name.split("::").next().unwrap_or(name).to_owned();
        let names: BTreeSet<String> = self.names.iter().map(|name| folder(name)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let number = |file: usize| {
            names.iter().position(|name| *name == folder(&self.names[file])).unwrap_or_default()
        };
        let uses =
            self.uses.iter().map(|used| Use { from: number(used.from), to: number(used.to), ..used.clone() });
        let uses = uses.filter(|used| used.from != used.to).collect();
        Self { names, uses }
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn name(&self, node: usize) -> &str {
        &self.names[node]
    }

    pub fn names_of(&self, nodes: &[usize]) -> Vec<&str> {
        nodes.iter().map(|node| self.name(*node)).collect()
    }

    pub fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// Returns every pair of modules in which one uses the other, with all uses.
    pub fn pairs(&self) -> Vec<Between<'_>> {
        let mut pairs: BTreeMap<_, Vec<&Use>> = BTreeMap::new();
        for used in &self.uses {
            pairs.entry((used.from, used.to)).or_default().push(used);
        }
        let named = |((from, to), uses)| Between { from: self.name(from), to: self.name(to), uses };
        pairs.into_iter().map(named).collect()
    }
}

type Resolved = (Found, usize, Vec<String>);

/// Returns the names that the imports and the code of a module use.
fn used_by(modules: &Modules, id: Id, module: &Module) -> Vec<Resolved> {
    let mut used = Vec::new();
    for import in module.imports.iter().filter(|import| !import.is_reexport) {
        let found = modules.resolve(id, &import.path).into_iter().filter(is_item);
        used.extend(found.map(|found| (found, import.line, import.path.clone())));
    }
    for mention in module.code.iter().flat_map(|code| mentions(code.clone())) {
        let found = resolve_mention(modules, id, module, &mention).into_iter();
        used.extend(found.map(|found| (found, mention.line, mention.path.clone())));
    }
    used
}

/// An import of a module is not a use. The names that the code takes from this module are uses.
fn is_item(found: &Found) -> bool {
    matches!(found, Found::Item(_))
}

fn resolve_mention(modules: &Modules, id: Id, module: &Module, mention: &Mention) -> Vec<Found> {
    let import = module.imports.iter().find(|import| import.name == mention.path[0]);
    if let [name] = &mention.path[..] {
        return resolve_name(modules, id, name, mention.form, import);
    }
    let found = modules.resolve(id, &mention.path);
    let is_counted = import.is_some_and(|import| {
        !import.is_reexport && found.iter().all(is_item) && found == modules.resolve(id, &import.path)
    });
    if is_counted { Vec::new() } else { found }
}

/// A name without a path may come from a macro, a re-export or a glob. Such a name is a use, unless an import of this module has counted it
/// already.
fn resolve_name(modules: &Modules, id: Id, name: &str, form: Form, import: Option<&Import>) -> Vec<Found> {
    let is_variable = form == Form::Other && name.starts_with(char::is_lowercase);
    match import {
        _ if form == Form::Member || is_variable || ["crate", "self", "super"].contains(&name) => Vec::new(),
        Some(import) if !import.is_reexport => Vec::new(),
        Some(import) => modules.resolve(id, &import.path),
        None if form == Form::Macro => modules.resolve_macro(id, name),
        None => modules.resolve_by_glob(id, name).into_iter().filter(is_item).collect(),
    }
}
