//! Removes the tokens of a file that exist only for tests or for rustdoc.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{Meta, Token};

/// Removes all items whose `#[cfg(…)]` is false in an ordinary build, at any depth and inside of macros.
pub fn for_users(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut rest = &tokens[..];
    while let Some((first, others)) = rest.split_first() {
        let (attributes, thing) = attributes(rest);
        if attributes.into_iter().any(is_for_tests) {
            rest = after_thing(thing);
            continue;
        }
        kept.push(match first {
            TokenTree::Group(group) => TokenTree::Group(group_for_users(group)),
            other => other.clone(),
        });
        rest = others;
    }
    kept.into_iter().collect()
}

fn group_for_users(group: &Group) -> Group {
    let mut kept = Group::new(group.delimiter(), for_users(group.stream()));
    kept.set_span(group.span());
    kept
}

/// Returns the outer attributes at the beginning, and the tokens after them.
fn attributes(mut tokens: &[TokenTree]) -> (Vec<&Group>, &[TokenTree]) {
    let mut found = Vec::new();
    while let [TokenTree::Punct(hash), TokenTree::Group(group), following @ ..] = tokens {
        if hash.as_char() != '#' || group.delimiter() != Delimiter::Bracket {
            break;
        }
        found.push(group);
        tokens = following;
    }
    (found, tokens)
}

fn is_for_tests(attribute: &Group) -> bool {
    let Ok(Meta::List(list)) = syn::parse2::<Meta>(attribute.stream()) else { return false };
    list.path.is_ident("cfg") && list.parse_args::<Meta>().is_ok_and(|predicate| !values(&predicate).can_hold)
}

/// The possible values of a `cfg` predicate in a build for neither tests nor documentation.
#[derive(Clone, Copy)]
struct Values {
    can_hold: bool,
    can_fail: bool,
}

fn values(predicate: &Meta) -> Values {
    let never = ["test", "doc", "doctest", "docsrs"].iter().any(|name| predicate.path().is_ident(name));
    match predicate {
        Meta::List(list) => combined(list),
        _ => Values { can_hold: !never, can_fail: true },
    }
}

fn combined(list: &syn::MetaList) -> Values {
    let unknown = Values { can_hold: true, can_fail: true };
    let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return unknown;
    };
    let mut parts = parts.iter().map(values);
    if list.path.is_ident("all") {
        parts.fold(Values { can_hold: true, can_fail: false }, |all, part| Values {
            can_hold: all.can_hold && part.can_hold,
            can_fail: all.can_fail || part.can_fail,
        })
    } else if list.path.is_ident("any") {
        parts.fold(Values { can_hold: false, can_fail: true }, |any, part| Values {
            can_hold: any.can_hold || part.can_hold,
            can_fail: any.can_fail && part.can_fail,
        })
    } else if list.path.is_ident("not") {
        parts.next().map_or(unknown, |part| Values { can_hold: part.can_fail, can_fail: part.can_hold })
    } else {
        unknown
    }
}

/// Returns the tokens after the item, statement, field, variant or arm at the beginning.
fn after_thing(tokens: &[TokenTree]) -> &[TokenTree] {
    let end = End::of(tokens);
    let last = tokens.iter().position(|token| match token {
        TokenTree::Punct(punct) => match punct.as_char() {
            ';' => true,
            ',' => matches!(end, End::Comma),
            _ => false,
        },
        TokenTree::Group(group) => matches!(end, End::Brace) && group.delimiter() == Delimiter::Brace,
        _ => false,
    });
    last.map_or(&[], |last| &tokens[last + 1..])
}

/// The end of an item that does not end with a semicolon.
enum End {
    Brace,
    Comma,
    Semicolon,
}

impl End {
    fn of(thing: &[TokenTree]) -> Self {
        let words: Vec<String> = thing
            .iter()
            .filter(|token| !matches!(token, TokenTree::Group(_)))
            .map(ToString::to_string)
            .skip_while(|word| word == "pub")
            .take(2)
            .collect();
        let [first, second] = &words[..] else { return Self::Comma };
        match (first.as_str(), second.as_str()) {
            ("const", "fn" | "unsafe" | "async" | "extern") => Self::Brace,
            ("use" | "const" | "static" | "type" | "let", _) => Self::Semicolon,
            (
                "mod" | "fn" | "struct" | "enum" | "union" | "trait" | "impl" | "unsafe" | "async" | "extern",
                _,
            ) => Self::Brace,
            (_, "!") => Self::Brace,
            _ => Self::Comma,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(source: &str) -> String {
        for_users(source.parse().unwrap()).to_string()
    }

    #[track_caller]
    fn same(source: &str, expected: &str) {
        assert_eq!(left(source), expected.parse::<TokenStream>().unwrap().to_string());
    }

    #[test]
    fn test_code_is_removed() {
        same("fn a() {} #[cfg(test)] mod tests { fn b() {} } fn c() {}", "fn a() {} fn c() {}");
        same("#[cfg(test)] #[allow(x)] pub(crate) fn f<A, B>(a: A, b: B) {} fn c() {}", "fn c() {}");
        same("#[a] #[cfg(test)] #[b] struct A(B); #[a] struct C;", "#[a] struct C;");
        same("#[cfg(test)] use a::{b, c}; use d;", "use d;");
        same("#[cfg(all(test, feature = \"x\"))] const A: [u8; 3] = { 1 }; use d;", "use d;");
        same("#[cfg(all(doc, any(not(doctest), feature = \"x\")))] pub mod guide; mod a;", "mod a;");
        same("struct A { #[cfg(test)] a: B<C>, d: E }", "struct A { d: E }");
        same("macro_rules! m { () => { #[cfg(test)] fn f() {} g(); } }", "macro_rules! m { () => { g(); } }");
        same("#[cfg(test)] m! { a } #[cfg(test)] m!(b); c", "c");
        same("#[cfg(test)] const fn f() {} c", "c");
    }

    #[test]
    fn other_code_stays() {
        for source in [
            "#[cfg(feature = \"x\")] mod a;",
            "#[cfg(not(test))] mod a;",
            "#[cfg(any(test, feature = \"x\"))] mod a;",
            "#[cfg(any(unix, not(feature = \"x\")))] mod a;",
            "#[cfg_attr(test, allow(x))] mod a;",
            "#[test] fn a() {}",
        ] {
            same(source, source);
        }
    }
}
