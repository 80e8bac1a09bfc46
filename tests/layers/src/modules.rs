//! The modules of a crate, the names in each module, and the definition of each name.

use crate::code;
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::collections::BTreeMap;
use syn::{Attribute, Ident, Item, ItemMod, ItemUse, UseTree, Visibility};

/// The text of every file, by its path relative to the folder of `lib.rs`.
pub type Sources = BTreeMap<String, String>;

pub type Id = usize;

/// All modules, with `lib.rs` first.
pub struct Modules(Vec<Module>);

/// A module: a file, or a `mod` within one.
#[derive(Default)]
pub struct Module {
    /// For example `packet::connect`.
    pub name: String,
    /// The file, for example `packet/connect.rs`.
    pub file: String,
    pub imports: Vec<Import>,
    /// All code except modules and imports.
    pub code: Vec<TokenStream>,
    parent: Id,
    /// The folder with the files of its modules.
    folder: String,
    names: BTreeMap<String, Vec<Binding>>,
    globs: Vec<Vec<String>>,
    /// The module that defines each macro `name!` that is visible here.
    macros: BTreeMap<String, Id>,
}

/// A name from a `use`.
pub struct Import {
    pub path: Vec<String>,
    pub name: String,
    pub line: usize,
    /// The import has its own visibility: it gives a path to others, and is not a use.
    pub is_reexport: bool,
}

enum Binding {
    Module(Id),
    /// Defined in this module, or in another module if it is a macro with `#[macro_export]`.
    Item(Id),
    Import(Vec<String>),
}

/// The target of a path.
#[derive(Clone, Copy, PartialEq)]
pub enum Found {
    Module(Id),
    /// An item that this module defines.
    Item(Id),
}

impl Modules {
    /// Loads all modules, beginning with `lib.rs`.
    pub fn load(sources: &Sources) -> Result<Self, String> {
        let mut modules = Self(Vec::new());
        modules.0.push(Module { file: "lib.rs".into(), ..Module::default() });
        modules.load_file(0, sources)?;
        Ok(modules)
    }

    pub fn all(&self) -> &[Module] {
        &self.0
    }

    /// Returns the modules that define the name of a path in the module `at`.
    pub fn resolve(&self, at: Id, path: &[String]) -> Vec<Found> {
        self.follow(at, path, &mut Vec::new())
    }

    /// Returns the module that defines the macro `name!` for the module `at`.
    pub fn resolve_macro(&self, at: Id, name: &str) -> Vec<Found> {
        let found = self.find(at, name, &mut Vec::new());
        if !found.is_empty() {
            return found;
        }
        let mut here = at;
        loop {
            if let Some(id) = self.0[here].macros.get(name) {
                return vec![Found::Item(*id)];
            }
            if here == 0 {
                return Vec::new();
            }
            here = self.0[here].parent;
        }
    }

    /// Returns the modules that define this name in the globs of the module.
    pub fn resolve_by_glob(&self, at: Id, name: &str) -> Vec<Found> {
        if self.0[at].names.contains_key(name) { Vec::new() } else { self.find(at, name, &mut Vec::new()) }
    }

    fn load_file(&mut self, id: Id, sources: &Sources) -> Result<(), String> {
        let name = &self.0[id].file;
        let tokens: TokenStream = sources[name].parse().map_err(|error| format!("{name}: {error}"))?;
        let file: syn::File =
            syn::parse2(code::for_users(tokens)).map_err(|error| format!("{name}: {error}"))?;
        self.load_items(id, file.items, sources)
    }

    fn load_items(&mut self, id: Id, items: Vec<Item>, sources: &Sources) -> Result<(), String> {
        for item in items {
            match item {
                Item::Mod(module) => self.load_module(id, module, sources)?,
                Item::Use(import) => self.0[id].add_import(&import),
                Item::ExternCrate(_) => {}
                item => self.add_item(id, &item),
            }
        }
        Ok(())
    }

    fn load_module(&mut self, parent: Id, item: ItemMod, sources: &Sources) -> Result<(), String> {
        let Module { name, file, folder, .. } = &self.0[parent];
        let word = item.ident.to_string();
        let mut module = Module {
            name: if parent == 0 { word.clone() } else { format!("{name}::{word}") },
            file: file.clone(),
            folder: format!("{folder}{word}/"),
            parent,
            ..Module::default()
        };
        let files = [format!("{folder}{word}.rs"), format!("{folder}{word}/mod.rs")];
        let id = self.0.len();
        self.0[parent].names.entry(word).or_default().push(Binding::Module(id));
        match item.content {
            Some((_, items)) => {
                self.0.push(module);
                self.load_items(id, items, sources)?;
            }
            None => {
                let found = files.into_iter().find(|file| sources.contains_key(file));
                module.file = found
                    .ok_or_else(|| format!("{}: no file for the module {}", module.file, module.name))?;
                self.0.push(module);
                self.load_file(id, sources)?;
            }
        }
        if has(&item.attrs, "macro_use") {
            let macros = self.0[id].macros.clone();
            self.0[parent].macros.extend(macros);
        }
        Ok(())
    }

    fn add_item(&mut self, id: Id, item: &Item) {
        self.0[id].code.push(item.to_token_stream());
        let Some(name) = name_of(item).map(ToString::to_string) else { return };
        if let Item::Macro(item) = item {
            self.0[id].macros.insert(name.clone(), id);
            if has(&item.attrs, "macro_export") && id != 0 {
                self.0[0].names.entry(name.clone()).or_default().push(Binding::Item(id));
            }
        }
        self.0[id].names.entry(name).or_default().push(Binding::Item(id));
    }

    /// `trail` has the names of this search. The trail ends the search if a name imports itself.
    fn follow(&self, at: Id, path: &[String], trail: &mut Vec<(Id, String)>) -> Vec<Found> {
        let (mut here, mut rest, mut is_bare) = (at, path, true);
        while let [word, following @ ..] = rest {
            here = match word.as_str() {
                "crate" => 0,
                "self" => here,
                "super" => self.0[here].parent,
                _ => break,
            };
            (rest, is_bare) = (following, false);
        }
        while let [word, following @ ..] = rest {
            let mut found = self.find(here, word, trail);
            if found.is_empty() && !is_bare && !self.0[here].names.contains_key(word) {
                // No item has this name, so a macro must have made it.
                found.push(Found::Item(here));
            }
            let module = found.iter().find_map(|found| match found {
                Found::Module(id) => Some(*id),
                Found::Item(_) => None,
            });
            match module {
                Some(id) if !following.is_empty() => here = id,
                _ => return items_before_modules(found),
            }
            (rest, is_bare) = (following, false);
        }
        vec![Found::Module(here)]
    }

    fn find(&self, at: Id, name: &str, trail: &mut Vec<(Id, String)>) -> Vec<Found> {
        let here = (at, name.to_owned());
        let is_new = !trail.contains(&here);
        trail.push(here);
        let module = &self.0[at];
        let mut found = Vec::new();
        for binding in module.names.get(name).into_iter().flatten() {
            match binding {
                Binding::Module(id) => found.push(Found::Module(*id)),
                Binding::Item(id) => found.push(Found::Item(*id)),
                Binding::Import(path) if is_new => found.extend(self.follow(at, path, trail)),
                Binding::Import(_) => {}
            }
        }
        if is_new && !module.names.contains_key(name) {
            for glob in &module.globs {
                if let Some(Found::Module(target)) = self.follow(at, glob, trail).first() {
                    found.extend(self.find(*target, name, trail));
                }
            }
        }
        trail.pop();
        found
    }
}

/// A module and a function may share a name. The function is meant, unless the path continues.
fn items_before_modules(found: Vec<Found>) -> Vec<Found> {
    let is_item = |found: &Found| matches!(found, Found::Item(_));
    if found.iter().any(is_item) { found.into_iter().filter(is_item).collect() } else { found }
}

impl Module {
    fn add_import(&mut self, item: &ItemUse) {
        if item.leading_colon.is_none() {
            let is_reexport = !matches!(item.vis, Visibility::Inherited);
            self.add_tree(&item.tree, &[], is_reexport);
        }
    }

    fn add_tree(&mut self, tree: &UseTree, prefix: &[String], is_reexport: bool) {
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(prefix, &path.ident), is_reexport),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_tree(tree, prefix, is_reexport))
            }
            UseTree::Name(name) => self.add_name(prefix, &name.ident, None, is_reexport),
            UseTree::Rename(rename) => {
                self.add_name(prefix, &rename.ident, Some(&rename.rename), is_reexport)
            }
            UseTree::Glob(_) => self.globs.push(prefix.to_vec()),
        }
    }

    fn add_name(&mut self, prefix: &[String], word: &Ident, rename: Option<&Ident>, is_reexport: bool) {
        let path = if word == "self" { prefix.to_vec() } else { with(prefix, word) };
        let Some(last) = path.last() else { return };
        let name = rename.map_or_else(|| last.clone(), ToString::to_string);
        self.names.entry(name.clone()).or_default().push(Binding::Import(path.clone()));
        self.imports.push(Import { path, name, line: word.span().start().line, is_reexport });
    }
}

fn with(prefix: &[String], word: &Ident) -> Vec<String> {
    let mut path = prefix.to_vec();
    path.push(word.to_string());
    path
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

fn name_of(item: &Item) -> Option<&Ident> {
    Some(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    })
}
