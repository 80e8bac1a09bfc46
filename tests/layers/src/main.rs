//! Prints the modules of a crate in layers. Fails on a circle, and on a use of a higher layer than the stated one.
//!
//! A use counts for the module that defines the name, through any number of re-exports. Code for tests and
//! for rustdoc does not count. The program does not know types, so it does not see method calls. Method calls
//! add no uses: a module that has a value also names the type of the value, or a function that returns the
//! value.
//!
//! The program checks two graphs: one of files, and one of the modules directly under `lib.rs`, each with its folder. In
//! the first graph, a parent that only declares and re-exports its children does not use them.

mod circles;
mod code;
mod graph;
mod mention;
mod modules;
mod order;
mod picture;
#[cfg(test)]
mod tests;

use graph::Graph;
use modules::{Modules, Sources};
use order::Order;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [source, order, picture] = &arguments[..] else {
        return Err("usage: layers FOLDER_OF_LIB_RS STATED_LAYERS PICTURE".into());
    };
    let files = Graph::of(&Modules::load(&read_sources(Path::new(source))?)?);
    let order = Order::parse(&fs::read_to_string(order)?)?;
    let findings = report(&files, &order) + usize::from(!is_drawn(&order, Path::new(picture))?);
    Ok(if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the picture shows these layers. With `UPDATE`, the program draws the picture again.
fn is_drawn(order: &Order, picture: &Path) -> Result<bool, Box<dyn Error>> {
    let should = picture::picture(order);
    if env::var_os("UPDATE").is_some() {
        fs::write(picture, &should)?;
    }
    let is_drawn = fs::read_to_string(picture)? == should;
    if !is_drawn {
        println!("{} has other layers: UPDATE=1 .ci/layers, and look at it", picture.display());
    }
    Ok(is_drawn)
}

/// Prints the layers and the errors. Returns the number of errors.
fn report(files: &Graph, order: &Order) -> usize {
    let folders = files.by_folder();
    println!(
        "{} modules, each with its folder. From those that use no other to those that no other uses:",
        folders.len()
    );
    for (number, layer) in circles::layers(&folders).iter().enumerate() {
        println!("{:4}. {}", number + 1, layer.join(", "));
    }
    let upward = order.broken_by(files);
    for complaint in &upward {
        println!("{complaint}");
    }
    upward.len() + report_circles("files", files) + report_circles("modules, each with its folder", &folders)
}

fn report_circles(of_what: &str, graph: &Graph) -> usize {
    let circles = circles::circles(graph);
    if circles.is_empty() {
        println!("No circle among {} {of_what}.", graph.len());
    }
    for circle in &circles {
        let names = graph.names_of(circle);
        println!("A circle of {} of {} {of_what}: {}", circle.len(), graph.len(), names.join(", "));
        for pair in graph.pairs().iter().filter(|pair| names.contains(&pair.from) && names.contains(&pair.to))
        {
            println!("    {pair}");
        }
    }
    circles.len()
}

fn read_sources(root: &Path) -> Result<Sources, Box<dyn Error>> {
    let mut sources = Sources::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                sources.insert(name, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(sources)
}
