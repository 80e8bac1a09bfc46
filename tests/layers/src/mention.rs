//! Finds the paths and names in a piece of code. The search uses tokens, so that the bodies of macros count,
//! too.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

#[derive(Debug, PartialEq)]
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
    pub form: Form,
}

/// The syntax around a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// `name!(…)`
    Macro,
    /// `name(…)`
    Call,
    /// A field, a method or a binding: `.name`, `name: …`.
    Member,
    Other,
}

/// Returns all paths, and all names without a path.
pub fn mentions(code: TokenStream) -> Vec<Mention> {
    let mut found = Vec::new();
    collect(&code.into_iter().collect::<Vec<_>>(), &mut found);
    found
}

fn collect(tokens: &[TokenTree], found: &mut Vec<Mention>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(word) if word == "pub" && is_visibility(tokens.get(at + 1)) => at += 2,
            TokenTree::Ident(_) => at = collect_path(tokens, at, found),
            TokenTree::Group(group) => {
                collect(&group.stream().into_iter().collect::<Vec<_>>(), found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Whether these are the parentheses of `pub(crate)` or `pub(in path)`.
fn is_visibility(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = token else { return false };
    let inside: Vec<String> = group.stream().into_iter().map(|token| token.to_string()).collect();
    group.delimiter() == Delimiter::Parenthesis
        && match &inside[..] {
            [word] => ["crate", "self", "super"].contains(&word.as_str()),
            [word, ..] => word == "in",
            [] => false,
        }
}

/// Reads the path or the `use` tree that begins at `start`. Returns its end.
fn collect_path(tokens: &[TokenTree], start: usize, found: &mut Vec<Mention>) -> usize {
    let before = &tokens[..start];
    if ends_with(before, "::")
        || ends_with(before, "'")
        || (ends_with(before, "$") && !is_word(&tokens[start], "crate"))
    {
        // The rest of a path with an unknown beginning, a lifetime, or a macro variable.
        return after_path(tokens, start);
    }
    let end = collect_tree(tokens, start, &[], found);
    if let Some(mention) = found.last_mut() {
        if mention.form == Form::Other && ends_with(before, ".") && !ends_with(before, "..") {
            mention.form = Form::Member;
        }
    }
    end
}

fn after_path(tokens: &[TokenTree], start: usize) -> usize {
    collect_tree(tokens, start, &[], &mut Vec::new())
}

/// Reads `a::b`, `a::{b, c::d}` or `a::*`, with `prefix` before each path.
fn collect_tree(tokens: &[TokenTree], start: usize, prefix: &[String], found: &mut Vec<Mention>) -> usize {
    let mut path = prefix.to_vec();
    let mut at = start;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) => path.push(word.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in
                    inside.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))
                {
                    collect_tree(branch, 0, &path, found);
                }
                return at + 1;
            }
            _ => break, // `*`, or generics
        }
        at += 1;
        if !ends_with(&tokens[..(at + 2).min(tokens.len())], "::") {
            break;
        }
        at += 2;
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if at > start {
        let line = tokens[start].span().start().line;
        found.push(Mention { path, line, form: form(&tokens[at..]) });
    }
    at
}

fn form(following: &[TokenTree]) -> Form {
    match following {
        [TokenTree::Punct(mark), TokenTree::Group(_), ..] if mark.as_char() == '!' => Form::Macro,
        [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Parenthesis => Form::Call,
        [TokenTree::Punct(colon), ..] if colon.as_char() == ':' && colon.spacing() == Spacing::Alone => {
            Form::Member
        }
        _ => Form::Other,
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Whether the tokens end with these punctuation characters, without a gap.
fn ends_with(tokens: &[TokenTree], mark: &str) -> bool {
    let Some(from) = tokens.len().checked_sub(mark.len()) else { return false };
    tokens[from..].iter().zip(mark.chars()).enumerate().all(|(number, (token, character))| match token {
        TokenTree::Punct(punct) => {
            punct.as_char() == character && (number + 1 == mark.len() || punct.spacing() == Spacing::Joint)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        mentions(code.parse().unwrap()).iter().map(|mention| mention.path.join("::")).collect()
    }

    fn form_of(name: &str, code: &str) -> Form {
        let mut all = mentions(code.parse().unwrap()).into_iter();
        all.find(|mention| mention.path == [name]).unwrap().form
    }

    #[test]
    fn paths_are_read_completely() {
        assert_eq!(paths("crate::a::B::new()"), ["crate::a::B::new"]);
        assert_eq!(paths("<T as super::Trait>::Item"), ["T", "as", "super::Trait"]);
        assert_eq!(paths("Vec::<self::A>::new"), ["Vec", "self::A"]);
        assert_eq!(paths("::core::fmt"), [""; 0]);
        assert_eq!(paths("pub(in crate::a) b: &'c D"), ["b", "D"]);
        assert_eq!(paths("pub(crate) A(pub (crate::B))"), ["A", "pub", "crate::B"]);
        assert_eq!(paths("a: ::core::B"), ["a"]);
    }

    #[test]
    fn use_trees_are_expanded() {
        assert_eq!(
            paths("use crate::{a, b::{self, C as D}, e::*};"),
            ["use", "crate::a", "crate::b", "crate::b::C", "crate::e"]
        );
    }

    #[test]
    fn macros_are_read_too() {
        assert_eq!(paths("m! { $( $crate::a::B { $name: $kind::C } )* }"), ["m", "crate::a::B"]);
    }

    #[test]
    fn forms_are_distinguished() {
        assert_eq!(form_of("a", "a!(b)"), Form::Macro);
        assert_eq!(form_of("a", "a != (b)"), Form::Other);
        assert_eq!(form_of("a", "a(b)"), Form::Call);
        assert_eq!(form_of("a", "b.a"), Form::Member);
        assert_eq!(form_of("a", "b..a"), Form::Other);
        assert_eq!(form_of("a", "C { a: b }"), Form::Member);
    }

    #[test]
    fn mentions_have_their_lines() {
        assert_eq!(mentions("a\nb::c".parse().unwrap())[1].line, 2);
    }
}
