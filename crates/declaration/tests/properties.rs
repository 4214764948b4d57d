//! On generated templates, exactly one number changes: the text is the one that would have been written with the
//! other number in the first place.
#![allow(clippy::unwrap_used, reason = "tests and what only they use")]

mod checks;

use std::{fmt::Write as _, path::Path};

use declaration::{Refusal, Source, Wanted, find};
use proptest::{prelude::*, sample::select};
use tuning::units::power::Power;

/// A template before it is written down.
#[derive(Debug, Clone)]
struct Template {
    format: Format,
    functions: Vec<Declared>,
    style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    CloudFormationYaml,
    CloudFormationJson,
    Serverless,
    Terraform,
    Pulumi,
}

#[derive(Debug, Clone)]
struct Declared {
    memory: u32,
    /// By a parameter, a variable or the like.
    is_indirect: bool,
    /// The memory comes after the other properties.
    is_last: bool,
    /// `"`, `'`, or nothing.
    quote: &'static str,
}

#[derive(Debug, Clone)]
struct Style {
    indent: String,
    line_end: &'static str,
    has_mark: bool,
    /// The text that is written between and behind lines, in turns.
    noise: Vec<&'static str>,
}

/// Lines that are written with the noise of a style.
struct Lines<'s> {
    style: &'s Style,
    text: String,
    count: usize,
    has_comments: bool,
}

impl<'s> Lines<'s> {
    fn new(style: &'s Style, has_comments: bool) -> Self {
        let mark = if style.has_mark { "\u{feff}" } else { "" };
        Self { style, text: mark.to_owned(), count: 0, has_comments }
    }

    fn add(&mut self, depth: usize, line: &str) {
        let noise = self.style.noise[self.count % self.style.noise.len()];
        self.count += 1;
        let (indent, end) = (self.style.indent.repeat(depth), self.style.line_end);
        let behind = match noise {
            "" => String::new(),
            _ if !self.has_comments => String::new(),
            comment => format!(" {comment}"),
        };
        if self.has_comments && noise.len() > 12 {
            write!(self.text, "{indent}{noise}{end}{end}").unwrap();
        }
        write!(self.text, "{indent}{line}{behind}{end}").unwrap();
    }
}

impl Template {
    fn file(&self) -> &'static Path {
        Path::new(match self.format {
            Format::CloudFormationYaml => "template.yaml",
            Format::CloudFormationJson => "template.json",
            Format::Serverless => "serverless.yml",
            Format::Terraform => "main.tf",
            Format::Pulumi => "Pulumi.yaml",
        })
    }

    fn text(&self) -> String {
        let mut lines = Lines::new(&self.style, self.format != Format::CloudFormationJson);
        match self.format {
            Format::CloudFormationYaml => self.cloudformation(&mut lines),
            Format::CloudFormationJson => self.json(&mut lines),
            Format::Serverless => self.serverless(&mut lines),
            Format::Terraform => self.terraform(&mut lines),
            Format::Pulumi => self.pulumi(&mut lines),
        }
        lines.text
    }

    fn indirect(&self) -> Vec<(usize, &Declared)> {
        self.functions.iter().enumerate().filter(|(_, function)| function.is_indirect).collect()
    }

    fn cloudformation(&self, lines: &mut Lines<'_>) {
        lines.add(0, "Parameters:");
        lines.add(1, "Stage: {Type: String, Default: größer}");
        for (number, Declared { memory, quote, .. }) in self.indirect() {
            lines.add(1, &format!("Memory{number}:"));
            lines.add(2, "Type: Number");
            lines.add(2, &format!("Default: {quote}{memory}{quote}"));
        }
        lines.add(0, "Resources:");
        for (number, function) in self.functions.iter().enumerate() {
            let Declared { memory, is_indirect, is_last, quote } = function;
            let memory = match is_indirect {
                true => format!("MemorySize: !Ref Memory{number}"),
                false => format!("MemorySize: {quote}{memory}{quote}"),
            };
            lines.add(1, &format!("F{number}:"));
            lines.add(2, "Type: AWS::Serverless::Function");
            lines.add(2, "Properties:");
            ordered(
                lines,
                3,
                *is_last,
                &memory,
                &[
                    &format!("FunctionName: f-{number}"),
                    "Environment: {Variables: {A: !Sub \"${Stage} 512\", B: 'MemorySize: 512'}}",
                    "Role: !GetAtt Role.Arn",
                ],
            );
        }
    }

    fn json(&self, lines: &mut Lines<'_>) {
        lines.add(0, "{");
        lines.add(1, "\"Parameters\": {");
        for (number, Declared { memory, quote, .. }) in self.indirect() {
            let quote = if quote.is_empty() { "" } else { "\"" };
            lines
                .add(2, &format!("\"Memory{number}\": {{\"Default\": {quote}{memory}{quote}, \"Type\": \"Number\"}},"));
        }
        lines.add(2, "\"Stage\": {\"Type\": \"String\", \"Default\": \"gr\u{f6}\u{df}er\"}");
        lines.add(1, "},");
        lines.add(1, "\"Resources\": {");
        for (number, Declared { memory, is_indirect, is_last, quote }) in self.functions.iter().enumerate() {
            let quote = if quote.is_empty() { "" } else { "\"" };
            let memory = match is_indirect {
                true => format!("\"MemorySize\": {{\"Ref\": \"Memory{number}\"}}"),
                false => format!("\"MemorySize\": {quote}{memory}{quote}"),
            };
            lines.add(2, &format!("\"F{number}\": {{"));
            lines.add(3, "\"Type\": \"AWS::Lambda::Function\",");
            lines.add(3, "\"Properties\": {");
            let name = format!("\"FunctionName\": \"f-{number}\"");
            let [first, second] = if *is_last { [name, memory] } else { [memory, name] };
            lines.add(4, &format!("{first},"));
            lines.add(4, &second);
            lines.add(3, "}");
            lines.add(2, if number + 1 == self.functions.len() { "}" } else { "}," });
        }
        lines.add(1, "}");
        lines.add(0, "}");
    }

    fn serverless(&self, lines: &mut Lines<'_>) {
        lines.add(0, "service: shop");
        lines.add(0, "provider: {name: aws, memorySize: 1024}");
        lines.add(0, "custom:");
        lines.add(1, "note: größer");
        for (number, Declared { memory, quote, .. }) in self.indirect() {
            lines.add(1, &format!("memory{number}: {quote}{memory}{quote}"));
        }
        lines.add(0, "functions:");
        for (number, Declared { memory, is_indirect, is_last, quote }) in self.functions.iter().enumerate() {
            let memory = match is_indirect {
                true => format!("memorySize: {quote}${{self:custom.memory{number}}}{quote}"),
                false => format!("memorySize: {quote}{memory}{quote}"),
            };
            lines.add(1, &format!("key{number}:"));
            let name = format!("name: f-{number}");
            ordered(lines, 2, *is_last, &memory, &[&name, "handler: a.b", "description: ${self:custom.note}"]);
        }
    }

    fn terraform(&self, lines: &mut Lines<'_>) {
        for (number, Declared { memory, quote, .. }) in self.indirect() {
            let quote = if quote.is_empty() { "" } else { "\"" };
            lines.add(0, &format!("variable \"memory{number}\" {{"));
            lines.add(1, &format!("default = {quote}{memory}{quote}"));
            lines.add(0, "}");
        }
        for (number, Declared { memory, is_indirect, is_last, quote }) in self.functions.iter().enumerate() {
            let quote = if quote.is_empty() { "" } else { "\"" };
            let memory = match is_indirect {
                true => format!("memory_size = var.memory{number}"),
                false => format!("memory_size   = {quote}{memory}{quote}"),
            };
            lines.add(0, &format!("resource \"aws_lambda_function\" \"r{number}\" {{"));
            let name = format!("function_name = \"f-{number}\"");
            ordered(lines, 1, *is_last, &memory, &[&name, "description = \"größer ${var.stage} 512\""]);
            lines.add(0, "}");
        }
    }

    fn pulumi(&self, lines: &mut Lines<'_>) {
        lines.add(0, "runtime: yaml");
        lines.add(0, "variables:");
        lines.add(1, "note: größer");
        for (number, Declared { memory, quote, .. }) in self.indirect() {
            lines.add(1, &format!("memory{number}: {quote}{memory}{quote}"));
        }
        lines.add(0, "resources:");
        for (number, Declared { memory, is_indirect, is_last, quote }) in self.functions.iter().enumerate() {
            let memory = match is_indirect {
                true => format!("memorySize: {quote}${{memory{number}}}{quote}"),
                false => format!("memorySize: {quote}{memory}{quote}"),
            };
            lines.add(1, &format!("r{number}:"));
            lines.add(2, "type: aws:lambda:Function");
            lines.add(2, "properties:");
            let name = format!("name: f-{number}");
            ordered(lines, 3, *is_last, &memory, &[&name, "description: ${note}"]);
        }
    }
}

fn ordered(lines: &mut Lines<'_>, depth: usize, is_last: bool, memory: &str, others: &[&str]) {
    if !is_last {
        lines.add(depth, memory);
    }
    for other in others {
        lines.add(depth, other);
    }
    if is_last {
        lines.add(depth, memory);
    }
}

fn memory() -> impl Strategy<Value = u32> {
    prop_oneof![select(vec![128, 512, 1024, 3008, 10_240]), 128u32..=10_240]
}

fn declared() -> impl Strategy<Value = Declared> {
    (memory(), any::<bool>(), any::<bool>(), select(vec!["", "\"", "'"]))
        .prop_map(|(memory, is_indirect, is_last, quote)| Declared { memory, is_indirect, is_last, quote })
}

fn template() -> impl Strategy<Value = Template> {
    use Format::{CloudFormationJson, CloudFormationYaml, Pulumi, Serverless, Terraform};
    let formats = vec![CloudFormationYaml, CloudFormationJson, Serverless, Terraform, Pulumi];
    let noise = select(vec!["", "# 512", "# größer: 512", "# MemorySize: 128 \u{1f600}", "#\ttab", "# {{ \" ' ]"]);
    let style = (
        select(vec!["  ", "    ", "   "]),
        select(vec!["\n", "\r\n"]),
        any::<bool>(),
        prop::collection::vec(noise, 1..7),
        any::<bool>(),
    );
    (select(formats), prop::collection::vec(declared(), 1..5), style).prop_map(|(format, functions, style)| {
        let (indent, line_end, has_mark, noise, tabs) = style;
        let may_have_tabs = matches!(format, CloudFormationJson | Terraform);
        let indent = if tabs && may_have_tabs { "\t" } else { indent }.to_owned();
        Template { format, functions, style: Style { indent, line_end, has_mark, noise } }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_text_is_the_one_that_would_have_been_written_with_the_other_number(
        template in template(), which in any::<prop::sample::Index>(), new in memory(),
    ) {
        let number = which.index(template.functions.len());
        let text = template.text();
        let source = Source { file: template.file(), text: &text, beside: &[] };
        let declaration = find(source, &Wanted::Function(format!("f-{number}"))).unwrap();
        prop_assert_eq!(declaration.megabytes(), template.functions[number].memory);
        prop_assert_eq!(declaration.can_be_overridden(), template.functions[number].is_indirect
            && !matches!(template.format, Format::Serverless | Format::Pulumi));
        let mut other = template.clone();
        other.functions[number].memory = new;
        prop_assert_eq!(declaration.set(Power::new(new).unwrap()).unwrap(), other.text());
    }

    #[test]
    fn a_comment_is_one_line_more_above_the_number_and_is_renewed(
        template in template(), which in any::<prop::sample::Index>(), new in memory(), comment in "[ -~]{0,40}",
    ) {
        let wanted = Wanted::Function(format!("f-{}", which.index(template.functions.len())));
        let (text, new) = (template.text(), Power::new(new).unwrap());
        let source = |text| Source { file: template.file(), text, beside: &[] };
        let declaration = find(source(&text), &wanted).unwrap();
        prop_assert!(!declaration.has_comment());
        let commented = declaration.set_with_comment(new, &comment);
        if template.format == Format::CloudFormationJson {
            prop_assert_eq!(commented, Err(Refusal::NoComments));
            return Ok(());
        }
        let (commented, plain) = (commented.unwrap(), declaration.set(new).unwrap());
        let again = find(source(&commented), &wanted).unwrap();
        prop_assert_eq!((again.megabytes(), again.line()), (new.megabytes(), declaration.line() + 1));
        let mut lines: Vec<&str> = commented.split('\n').collect();
        let line = lines.remove(declaration.line() - 1).trim_end_matches('\r');
        prop_assert_eq!(line.trim_start_matches([' ', '\t']), format!("# power-tuner, {comment}"));
        prop_assert_eq!(lines.join("\n"), plain);
        prop_assert!(again.has_comment());
        prop_assert_eq!(again.set_with_comment(new, &comment).unwrap(), commented);
    }

    #[test]
    fn what_two_functions_read_is_refused_for_both(template in template(), new in memory()) {
        let mut template = template;
        template.functions[0].is_indirect = true;
        template.functions.insert(1, template.functions[0].clone());
        let text = template.text();
        // The second function reads what the first one does.
        let (own, shared) = match template.format {
            Format::CloudFormationYaml => ("!Ref Memory", "!Ref Memory0"),
            Format::CloudFormationJson => ("{\"Ref\": \"Memory", "{\"Ref\": \"Memory0"),
            Format::Serverless => ("${self:custom.memory", "${self:custom.memory0"),
            Format::Terraform => ("var.memory", "var.memory0"),
            Format::Pulumi => ("${memory", "${memory0"),
        };
        let text = text.replace(&format!("{own}1"), shared);
        for number in [0, 1] {
            let source = Source { file: template.file(), text: &text, beside: &[] };
            let declaration = find(source, &Wanted::Function(format!("f-{number}"))).unwrap();
            let refused = declaration.set(Power::new(new).unwrap());
            let is_shared = matches!(&refused, Err(Refusal::Shared { uses, .. }) if uses.len() == 1);
            prop_assert!(is_shared, "{:?}\n{}", refused, text);
        }
    }

    #[test]
    fn whatever_is_in_a_file_it_is_changed_in_one_number_or_refused(
        template in template(), cuts in prop::collection::vec((any::<prop::sample::Index>(), ".{0,3}"), 0..4),
        new in memory(), noise in ".*",
    ) {
        let mut text: Vec<char> = template.text().chars().collect();
        for (place, put) in cuts {
            let place = place.index(text.len());
            text.splice(place..=place, put.chars());
            text.push('\n');
        }
        for text in [text.into_iter().collect::<String>(), noise] {
            let (wanted, new) = (Wanted::Function("f-0".to_owned()), Power::new(new).unwrap());
            checks::changed_in_one_number_or_refused(template.file(), &text, &wanted, new);
        }
    }
}
