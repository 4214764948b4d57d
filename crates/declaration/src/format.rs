//! The kinds of files, and how each is read.

use std::path::Path;

use crate::{
    cloudformation,
    function::Functions,
    pulumi,
    refusal::Refusal,
    serverless,
    yaml::{At, Yaml},
};

/// The language in which a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// YAML or JSON.
    Yaml,
    /// The language of Terraform.
    Terraform,
}

/// Folders that tools write to.
const GENERATED: [(&str, &str); 4] = [
    ("cdk.out", "the CDK"),
    (".aws-sam", "the SAM CLI"),
    (".serverless", "the Serverless Framework"),
    (".terraform", "Terraform"),
];

/// Endings of programs, and how a function's memory is set there.
const CODE: [(&str, &str); 13] = [
    ("ts", "`memorySize: {}`"),
    ("mts", "`memorySize: {}`"),
    ("cts", "`memorySize: {}`"),
    ("js", "`memorySize: {}`"),
    ("mjs", "`memorySize: {}`"),
    ("cjs", "`memorySize: {}`"),
    ("py", "`memory_size={}`"),
    ("java", "`.memorySize({})`"),
    ("kt", "`.memorySize({})`"),
    ("cs", "`MemorySize = {}`"),
    ("fs", "`MemorySize = {}`"),
    ("go", "`MemorySize: jsii.Number({})`"),
    ("tsx", "`memorySize: {}`"),
];

/// Names the language in which a file is read, by its name.
pub fn language(file: &Path) -> Result<Language, Refusal> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_called = |name: &str| file.file_name().is_some_and(|own| own == name);
    if let Some((_, tool)) = GENERATED.iter().find(|(folder, _)| file.iter().any(|part| part == *folder)) {
        return Err(Refusal::Generated { tool });
    }
    if is_called("cdk.json") {
        return Err(Refusal::Code { line: "`memorySize: {}`" });
    }
    if let Some((_, line)) = CODE.iter().find(|(own, _)| *own == ending) {
        return Err(Refusal::Code { line });
    }
    Ok(if matches!(ending, "tf" | "tofu") { Language::Terraform } else { Language::Yaml })
}

/// The functions of all documents of a file.
pub fn functions(yaml: &Yaml<'_>) -> Result<Functions, Refusal> {
    let mut all = Functions::default();
    let mut is_known = false;
    for root in yaml.documents() {
        let Some(Functions { all: functions, others, elsewhere }) = of_document(&root)? else { continue };
        is_known = true;
        all.all.extend(functions);
        all.others.extend(others);
        all.elsewhere.extend(elsewhere);
    }
    is_known.then_some(all).ok_or(Refusal::UnknownFormat)
}

fn of_document(root: &At<'_>) -> Result<Option<Functions>, Refusal> {
    let functions = match root {
        root if cloudformation::is_template(root) => cloudformation::functions(root),
        root if serverless::is_service(root) => serverless::functions(root),
        root if pulumi::is_program(root) => pulumi::functions(root),
        _ => return Ok(None),
    };
    functions.map(Some)
}
