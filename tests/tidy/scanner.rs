//! A careful look at Rust text: code without strings and comments, functions with their lengths, what is test code.
//!
//! No parser: it knows strings, characters, comments, brackets and the word `fn`, and nothing else of the language.

/// A source file.
pub(crate) struct Source {
    /// Path below the root.
    pub(crate) name: String,
    /// As it is.
    pub(crate) raw: String,
    /// The same lines, with blanks for what stands in strings, characters and comments.
    code: String,
}

/// A function with a body.
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// Line of its `fn`, from 1.
    pub(crate) first_line: usize,
    /// Lines from there to the closing brace.
    pub(crate) lines: usize,
}

impl Source {
    pub(crate) fn new(name: String, raw: &str) -> Self {
        Self { name, raw: raw.to_owned(), code: code_only(raw) }
    }

    pub(crate) fn functions(&self) -> Vec<Function> {
        let bytes = self.code.as_bytes();
        let starts = self.code.match_indices("fn ").map(|(at, _)| at).filter(|&at| is_word_start(bytes, at));
        starts.filter_map(|at| self.function_at(at)).collect()
    }

    fn function_at(&self, at: usize) -> Option<Function> {
        let rest = self.code.get(at + 3..)?;
        let name: String = rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let end = at + 3 + body_end(rest)?;
        let lines = self.code.get(at..end)?.matches('\n').count() + 1;
        (!name.is_empty()).then(|| Function { name, first_line: line_of(&self.code, at), lines })
    }

    /// Number and code of each line that is not test code.
    pub(crate) fn lines_outside_tests(&self) -> Vec<(usize, &str)> {
        let is_test_file = |part: &str| part == "tests" || part == "tests.rs";
        if self.name.split('/').any(is_test_file) {
            return Vec::new();
        }
        let tests = self.test_modules();
        let lines = self.code.lines().enumerate().map(|(i, line)| (i + 1, line));
        lines.filter(|(number, _)| !tests.iter().any(|range| range.contains(number))).collect()
    }

    /// Lines of the modules and functions under `#[cfg(test)]`.
    fn test_modules(&self) -> Vec<std::ops::RangeInclusive<usize>> {
        let marks = self.code.match_indices("#[cfg(test)]");
        marks
            .filter_map(|(at, mark)| {
                let after = at + mark.len();
                let end = after + body_end(self.code.get(after..)?)?;
                Some(line_of(&self.code, at)..=line_of(&self.code, end))
            })
            .collect()
    }
}

/// Whether a line of code holds a call, not as the end of a longer name.
pub(crate) fn holds_call(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| call.starts_with('.') || is_word_start(line.as_bytes(), at))
}

/// The first of some words that a line holds as a whole word. Words in capitals are looked for in capitals.
pub(crate) fn banned_word<'a>(line: &str, words: &[&'a str]) -> Option<&'a str> {
    let parts: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).collect();
    let is_capital = |word: &str| word.chars().all(|c| c.is_ascii_uppercase());
    let matches = |part: &str, word: &str| part == word || (!is_capital(word) && part.eq_ignore_ascii_case(word));
    words.iter().copied().find(|word| parts.iter().any(|part| matches(part, word)))
}

fn is_word_start(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    before.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_')
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// Offset behind the brace that closes the first body; none when a semicolon ends the item before.
fn body_end(code: &str) -> Option<usize> {
    let (mut depth, mut braces) = (0i32, 0i32);
    for (i, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ';' if depth == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces <= 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Blanks out strings, characters and comments; lines stay where they are.
fn code_only(raw: &str) -> String {
    let mut code = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let after_word = code.chars().last().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let skipped = literal_bytes(rest, after_word);
        let taken = if skipped == 0 { c.len_utf8() } else { skipped };
        let (head, tail) = rest.split_at(taken.min(rest.len()));
        if skipped == 0 {
            code.push(c);
        } else {
            code.extend(head.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = tail;
    }
    code
}

/// Length of the comment, string or character that the text begins with; 0 when it begins with code.
fn literal_bytes(text: &str, after_word: bool) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment_bytes(text);
    }
    if text.starts_with('"') {
        return string_bytes(text);
    }
    if !after_word {
        let bare = text.trim_start_matches(['b', 'c']);
        let prefix = text.len() - bare.len();
        if prefix <= 1 && bare.starts_with('r') && bare.trim_start_matches('r').trim_start_matches('#').starts_with('"')
        {
            return prefix + raw_string_bytes(bare);
        }
        if prefix == 1 && bare.starts_with('"') {
            return prefix + string_bytes(bare);
        }
    }
    if text.starts_with('\'') { character_bytes(text) } else { 0 }
}

fn block_comment_bytes(text: &str) -> usize {
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        let here = text.get(i..).unwrap_or_default();
        if here.starts_with("/*") {
            depth += 1;
        } else if c == '/' && i > 2 && text.get(..i).is_some_and(|t| t.ends_with('*')) {
            depth -= 1;
            if depth == 0 {
                return i + 1;
            }
        }
    }
    text.len()
}

fn string_bytes(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string_bytes(text: &str) -> usize {
    let hashes = text.chars().skip(1).take_while(|c| *c == '#').count();
    let end = format!("\"{}", "#".repeat(hashes));
    let begin = 2 + hashes;
    text.get(begin..).and_then(|inside| inside.find(&end)).map_or(text.len(), |at| begin + at + end.len())
}

/// A character in quotes; 0 for a lifetime.
fn character_bytes(text: &str) -> usize {
    let mut inside = text.char_indices().skip(1);
    match (inside.next(), inside.next()) {
        (Some((_, '\\')), Some(_)) => text.get(3..).and_then(|rest| rest.find('\'')).map_or(0, |at| at + 4),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

#[test]
fn strings_characters_and_comments_are_no_code() {
    let text = "let a = \"fn x() {\"; // {\nlet b = '{'; /* { /* } */ */ let c: &'a str = r#\"} \" {\"#;\nlet d = b\"\\\"{\"; '\\'' fn";
    let code = code_only(text);
    assert!(!code.contains('{') && !code.contains('}') && !code.contains('"'), "{code}");
    assert_eq!(code.lines().count(), text.lines().count());
    assert!(code.contains("&'a str") && code.ends_with("fn"), "{code}");
}

#[test]
fn functions_have_a_name_a_place_and_a_length() {
    let text =
        "trait T { fn no_body(a: [u8; 4]); }\n\nfn one() {}\npub async fn two(a: [u8; 4]) -> u8 {\n    if a { 1 }\n}\n";
    let source = Source::new("src/x.rs".into(), text);
    let found: Vec<(String, usize, usize)> =
        source.functions().into_iter().map(|f| (f.name, f.first_line, f.lines)).collect();
    assert_eq!(found, [("one".to_owned(), 3, 1), ("two".to_owned(), 4, 3)]);
}

#[test]
fn test_modules_are_no_lines_outside_tests() {
    let text =
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod tests;\nfn d() {}\n";
    let source = Source::new("src/x.rs".into(), text);
    let numbers: Vec<usize> = source.lines_outside_tests().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 6, 7, 8, 9]);
    assert!(Source::new("etl/src/tests.rs".into(), text).lines_outside_tests().is_empty());
}

#[test]
fn whole_words_and_calls_are_found() {
    assert_eq!(banned_word("it is a Rope, said XYZ", &["rope", "ABC"]), Some("rope"));
    assert_eq!(banned_word("abc ropes", &["rope", "ABC"]), None);
    assert!(holds_call("a.b().c()", ".c(") && holds_call("x!(1)", "x!(") && !holds_call("max!(1)", "x!("));
}
