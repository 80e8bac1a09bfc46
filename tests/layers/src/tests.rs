//! Shows that the checks can fail: small crates with and without a circle.

use super::*;

/// Builds the graph of a crate from its files and their texts.
fn graph(files: &[(&str, &str)]) -> Graph {
    let sources = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    Graph::of(&Modules::load(&sources).unwrap())
}

fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let graph = graph(files);
    circles::circles(&graph).iter().map(|circle| graph.names_of(circle).join(" ")).collect()
}

/// Returns the uses: `a b` means that `a` uses `b`.
fn pairs(files: &[(&str, &str)]) -> Vec<String> {
    graph(files).pairs().iter().map(|pair| format!("{} {}", pair.from, pair.to)).collect()
}

const NO_CIRCLE: [&str; 0] = [];

#[test]
fn a_circle_through_a_reexport_is_found() {
    let lib = ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B as C;");
    let b = ("b.rs", "pub struct B;");
    assert_eq!(circles(&[lib, ("a.rs", "use crate::C; pub struct A(C);"), b]), NO_CIRCLE);
    assert_eq!(
        circles(&[lib, ("a.rs", "use crate::C; pub struct A(C);"), ("b.rs", "pub struct B(crate::A);")]),
        ["a b"]
    );
}

#[test]
fn a_circle_of_three_is_found() {
    let lib = ("lib.rs", "mod a; mod b; mod c; mod d; pub use a::*; pub use b::B; pub use c::C;");
    let a = ("a.rs", "use crate::B; pub fn f(_: B) {}");
    let b = ("b.rs", "pub type B = crate::C;");
    let d = ("d.rs", "use crate::{B, f};");
    assert_eq!(circles(&[lib, a, b, ("c.rs", "pub struct C; use crate::f;"), d]), ["a b c"]);
    assert_eq!(circles(&[lib, a, b, ("c.rs", "pub struct C;"), d]), NO_CIRCLE);
}

#[test]
fn a_circle_through_super_is_found() {
    let lib = ("lib.rs", "mod a;");
    let children =
        [("a/b.rs", "use super::c::C; pub struct B(C);"), ("a/c.rs", "pub struct C(super::b::B);")];
    assert_eq!(circles(&[lib, ("a.rs", "mod b; mod c;"), children[0], children[1]]), ["a::b a::c"]);

    let child = ("a/b.rs", "pub struct B(super::A);");
    assert_eq!(circles(&[lib, ("a.rs", "mod b; pub use b::B; pub struct A;"), child]), NO_CIRCLE);
    assert_eq!(circles(&[lib, ("a.rs", "mod b; pub use b::B; pub struct A(Box<B>);"), child]), ["a a::b"]);
    assert_eq!(circles(&[lib, ("a.rs", "mod b; pub struct A; fn f() { b::g() }"), child]), ["a a::b"]);
}

#[test]
fn a_circle_through_the_tokens_of_a_macro_is_found() {
    let lib = ("lib.rs", "mod a; mod b;");
    let a = (
        "a.rs",
        "macro_rules! m { ($x:ident) => { impl $crate::b::B for $x {} } } pub(crate) use m; pub struct A;",
    );
    let b = ("b.rs", "pub trait B {} pub struct C; crate::a::m! { C }");
    assert_eq!(circles(&[lib, a, b]), ["a b"]);
    assert_eq!(circles(&[lib, a, ("b.rs", "pub trait B {} pub struct C;")]), NO_CIRCLE);

    let a = ("a.rs", "pub struct A; pub fn f() { assert!(crate::b::B > 0) }");
    assert_eq!(circles(&[lib, a, ("b.rs", "use crate::a; pub const B: u8 = 1; fn f(_: a::A) {}")]), ["a b"]);
}

#[test]
fn macros_are_found_by_name() {
    let child = ("a/b.rs", "m! {}");
    assert_eq!(
        pairs(&[("lib.rs", "mod a;"), ("a.rs", "macro_rules! m { () => {} } mod b;"), child]),
        ["a::b a"]
    );

    let users = [("a.rs", "#[macro_export] macro_rules! m { () => {} }"), ("b.rs", "use crate::m; m! {}")];
    assert_eq!(pairs(&[("lib.rs", "mod a; mod b;"), users[0], users[1]]), ["b a"]);

    let user = ("b.rs", "fn f() { m!() }");
    assert_eq!(pairs(&[("lib.rs", "#[macro_use] mod a; mod b;"), users[0], user]), ["b a"]);
    assert_eq!(pairs(&[("lib.rs", "mod a; mod b;"), ("a.rs", "macro_rules! m { () => {} }"), user]), [""; 0]);
}

#[test]
fn an_item_from_a_macro_belongs_to_the_module_of_its_path() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::Made;"),
        ("a.rs", "make! { Made }"),
        ("b.rs", "use crate::Made;"),
    ];
    assert_eq!(pairs(&files), ["b a"]);
}

#[test]
fn a_glob_uses_the_modules_of_its_names() {
    let lib = ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use c::{C, f};");
    let (a, c) = (("a.rs", "pub struct A;"), ("c.rs", "pub struct C; pub fn f() {}"));
    assert_eq!(pairs(&[lib, a, ("b.rs", "use crate::*; struct B(A);"), c]), ["b a"]);
    assert_eq!(pairs(&[lib, a, ("b.rs", "use crate::*; fn g(x: X) { let f = x.f; f }"), c]), [""; 0]);
    assert_eq!(pairs(&[lib, a, ("b.rs", "use crate::*; fn g() { f() }"), c]), ["b c"]);
    assert_eq!(pairs(&[lib, a, ("b.rs", "use crate::*; trait B { fn c(); }"), c]), [""; 0]);
}

#[test]
fn a_module_and_a_function_may_share_a_name() {
    let lib = ("lib.rs", "mod a; mod b; pub use a::{A, a};");
    let a = ("a.rs", "mod c; pub fn a() {} pub use c::A;");
    let c = ("a/c.rs", "pub struct A;");
    assert_eq!(pairs(&[lib, a, c, ("b.rs", "use crate::a; fn f() { a() }")]), ["b a"]);
    assert_eq!(pairs(&[lib, a, c, ("b.rs", "fn f(_: crate::a::A) {}")]), ["b a::c"]);
}

#[test]
fn modules_within_a_file_are_part_of_it() {
    let lib = ("lib.rs", "mod a { pub(crate) mod c; pub struct A; mod d { use super::A; } } mod b;");
    assert_eq!(pairs(&[lib, ("a/c.rs", "pub struct C;"), ("b.rs", "use crate::a::c::C;")]), ["b a::c"]);
    assert_eq!(pairs(&[lib, ("a/c.rs", "use super::A;"), ("b.rs", "")]), ["a::c lib"]);
}

#[test]
fn tests_and_documentation_do_not_count() {
    let lib = ("lib.rs", "mod a; mod b; #[cfg(test)] mod not_there;");
    let b = ("b.rs", "use crate::a::A;");
    let text = "/// [`B`](crate::b::B)\n pub struct A; #[cfg(test)] mod tests { use crate::b::B; }";
    assert_eq!(circles(&[lib, ("a.rs", text), b]), NO_CIRCLE);
    assert_eq!(
        circles(&[lib, ("a.rs", "pub struct A; #[cfg(feature = \"x\")] mod c { use crate::b::B; }"), b]),
        ["a b"]
    );
}

#[test]
fn folders_can_have_a_circle_that_their_files_lack() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod c; pub use c::C; pub struct A;"),
        ("a/c.rs", "pub struct C(crate::b::B);"),
        ("b.rs", "pub struct B(crate::a::A);"),
    ];
    assert_eq!(circles(&files), NO_CIRCLE);
    assert_eq!(circles::circles(&graph(&files).by_folder()).len(), 1);
    assert_eq!(report(&graph(&files), &Order::parse("all: a b").unwrap()), 1);
}

#[test]
fn a_layer_is_above_the_layers_that_it_uses() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; use crate::c::C;"),
        ("b.rs", "use crate::c::C;"),
        ("c.rs", ""),
        ("d.rs", "use crate::c::C;"),
    ];
    assert_eq!(circles::layers(&graph(&files)), [&["lib", "c"][..], &["b", "d"], &["a"]]);
}

#[test]
fn a_use_has_its_file_and_line() {
    let files = [("lib.rs", "mod a; mod b;"), ("a.rs", "\nuse crate::{\n    b::B,\n};"), ("b.rs", "")];
    assert_eq!(graph(&files).pairs()[0].to_string(), "a uses b:\n        src/a.rs:3: crate::b::B");
}

#[test]
fn a_use_of_a_higher_layer_is_found() {
    let files =
        [("lib.rs", "mod a; mod b;"), ("a.rs", "mod c;"), ("a/c.rs", "use crate::b::B;"), ("b.rs", "")];
    let broken = |order: &str| Order::parse(order).unwrap().broken_by(&graph(&files));
    assert_eq!(broken("low: b\nhigh: a"), NO_CIRCLE);
    assert_eq!(broken("one: a b # together"), NO_CIRCLE);
    assert_eq!(broken("low: a\nmiddle: b\nhigh: a::c"), NO_CIRCLE);
    assert_eq!(broken("low: a\nhigh: b").len(), 1);
    assert_eq!(broken("low: b a::c"), ["a stands in no layer"]);
    assert_eq!(broken("low: b\nhigh: a d"), ["d stands in a layer, but there is no such module"]);
    assert!(Order::parse("low: a\nhigh: a").is_err());
}

#[test]
fn a_use_of_lib_is_a_use_of_a_higher_layer() {
    let files = [("lib.rs", "mod a; pub struct L;"), ("a.rs", "use crate::L;")];
    assert_eq!(Order::parse("low: a").unwrap().broken_by(&graph(&files)).len(), 1);
}

#[test]
fn the_picture_has_each_module_within_its_width() {
    let many: Vec<_> = (0..40).map(|number| format!("module_{number}")).collect();
    let order = Order::parse(&format!("low: a b\nhigh: {}", many.join(" "))).unwrap();
    let svg = picture::picture(&order);
    for module in many.iter().map(String::as_str).chain(["a", "b", "low", "high"]) {
        assert_eq!(svg.matches(&format!(">{module}</text>")).count(), 1, "{module}");
    }
    assert!(svg.find(">high<") < svg.find(">low<"), "the highest is on top");
    let boxes = svg.lines().filter_map(|line| line.strip_prefix("<rect class=\"box\" x=\""));
    let number = |text: &str| text.split('"').next().unwrap().parse::<usize>().unwrap();
    for line in boxes {
        let (x, (_, width)) = (number(line), line.split_once("width=\"").unwrap());
        assert!(x + number(width) <= 790 - 20, "{line}");
    }
}
