//! Reads output files as the runner does.

use std::collections::BTreeMap;

/// Reads a runner's file of `name=value` lines and `name<<delimiter` blocks
/// ("Workflow commands for GitHub Actions", multiline strings), as the runner does.
pub(crate) fn parse(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let block = line.find("<<").filter(|at| line.find('=').is_none_or(|equals| *at < equals));
        if let Some(at) = block {
            let (name, delimiter) = (&line[..at], &line[at + 2..]);
            let mut value = Vec::new();
            loop {
                match lines.next() {
                    Some(line) if line == delimiter => break,
                    Some(line) => value.push(line),
                    None => panic!("no closing delimiter for `{name}`"),
                }
            }
            values.insert(name.to_owned(), value.join("\n"));
        } else if let Some((name, value)) = line.split_once('=') {
            values.insert(name.to_owned(), value.to_owned());
        } else if !line.is_empty() {
            panic!("the runner refuses the line {line:?}");
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_lines_and_blocks() {
        let values = parse("a=1\nb<<x\none=1\ntwo\nx\nc=d<<e\n");
        assert_eq!(values["a"], "1");
        assert_eq!(values["b"], "one=1\ntwo");
        assert_eq!(values["c"], "d<<e");
    }

    #[test]
    #[should_panic(expected = "no closing delimiter for `b`")]
    fn an_open_block_is_refused() {
        parse("b<<x\none\n");
    }
}
