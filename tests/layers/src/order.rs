//! The layers as stated in a file.

use crate::graph::Graph;
use std::collections::BTreeMap;

/// The stated layers, lowest first.
pub struct Order {
    /// The names and modules of the layers, in the order of the file.
    layers: Vec<(String, Vec<String>)>,
    /// The layer of each module. The modules in its folder belong to the same layer, unless the
    /// file states another.
    layer_of: BTreeMap<String, usize>,
}

impl Order {
    /// Parses one layer in each line, lowest first: a name, a colon, and modules. `#` begins a
    /// comment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut order = Self { layers: Vec::new(), layer_of: BTreeMap::new() };
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
            if line.is_empty() {
                continue;
            }
            let (name, modules) =
                line.split_once(':').ok_or_else(|| format!("a layer without a name: {line}"))?;
            for module in modules.split_whitespace() {
                if order.layer_of.insert(module.to_owned(), order.layers.len()).is_some() {
                    return Err(format!("{module} is stated twice"));
                }
            }
            let modules = modules.split_whitespace().map(str::to_owned).collect();
            order.layers.push((name.trim().to_owned(), modules));
        }
        Ok(order)
    }

    /// Each layer's name and modules, lowest first.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = (&str, &[String])> {
        self.layers.iter().map(|(name, modules)| (name.as_str(), modules.as_slice()))
    }

    /// Returns the uses of a graph of files that break the order. `lib.rs` is above all layers.
    pub fn broken_by(&self, files: &Graph) -> Vec<String> {
        let modules: Vec<&str> =
            (0..files.len()).map(|node| files.name(node)).filter(|name| *name != "lib").collect();
        let homeless = modules.iter().filter(|name| self.layer(name).is_none());
        let homeless = homeless.map(|name| format!("{name} stands in no layer"));
        let gone = self.layer_of.keys().filter(|stated| !modules.contains(&stated.as_str()));
        let gone = gone.map(|stated| format!("{stated} stands in a layer, but there is no such module"));
        let upward = files.pairs().into_iter().filter_map(|pair| {
            let (from, to) = (self.layer(pair.from)?, self.layer(pair.to).unwrap_or(self.layers.len()));
            (from < to)
                .then(|| format!("upward, from the layer {} to {}: {pair}", self.name(from), self.name(to)))
        });
        homeless.chain(gone).chain(upward).collect()
    }

    fn layer(&self, module: &str) -> Option<usize> {
        let mut name = module;
        loop {
            if let Some(layer) = self.layer_of.get(name) {
                return Some(*layer);
            }
            name = name.rsplit_once("::")?.0;
        }
    }

    fn name(&self, layer: usize) -> &str {
        self.layers.get(layer).map_or("lib", |(name, _)| name)
    }
}
