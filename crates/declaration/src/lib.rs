//! Finds where infrastructure as code declares the memory size of a Lambda function, and changes that number and
//! nothing else: comments, order, quotes, line ends and indentation stay as they are, byte for byte.
//!
//! A number is changed only if it stands in the file, if it is the function's alone, and if the text with the new
//! number is the same document otherwise. All else is refused, with what to do.

mod cloudformation;
mod comment;
mod format;
mod function;
mod number;
mod pulumi;
mod refusal;
mod serverless;
mod terraform;
mod yaml;

use std::path::Path;

use tuning::units::power::Power;

pub use function::Wanted;
pub use refusal::{Refusal, Use};

use format::Language;
use function::{Function, Functions, Memory};
use number::{Number, line_of};
use yaml::Yaml;

/// A file, and what lies in the same folder.
#[derive(Debug, Clone, Copy)]
pub struct Source<'t> {
    /// Where it is: its name and ending say how it is read.
    pub file: &'t Path,
    /// The text that is in it.
    pub text: &'t str,
    /// For Terraform: the other files of the module, with the values of its variables.
    pub beside: &'t [Beside],
}

/// A file beside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Its name.
    pub name: String,
    /// The text that is in it.
    pub text: String,
}

impl Beside {
    fn ends_in(&self, endings: &[&str]) -> bool {
        let ending = Path::new(&self.name).extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| endings.contains(&ending))
    }
}

/// Where the memory size of a function is declared.
#[derive(Debug, Clone)]
pub struct Declaration<'t> {
    source: Source<'t>,
    function: Function,
    memory: Memory,
}

/// Where the memory size of a function is declared.
///
/// # Errors
///
/// If the file cannot be read, if it is not clear which function is meant, or if its memory size depends on something
/// that does not stand in the file.
pub fn find<'t>(source: Source<'t>, wanted: &Wanted) -> Result<Declaration<'t>, Refusal> {
    let function = functions(source)?.find(wanted)?;
    let memory = function.memory.clone()?;
    Ok(Declaration { source, function, memory })
}

fn functions(source: Source<'_>) -> Result<Functions, Refusal> {
    match format::language(source.file)? {
        Language::Yaml => format::functions(&Yaml::parse(source.text)?),
        Language::Terraform => terraform::functions(source.text, source.beside),
    }
}

impl Declaration<'_> {
    /// Returns the name that the file gives the function.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.function.resource
    }

    /// The line that decides on the memory size, from 1: that of the number, or that of the function if there is none.
    #[must_use]
    pub fn line(&self) -> usize {
        match &self.memory {
            Memory::Number(number) => line_of(self.source.text, number.digits.range.start),
            Memory::Absent { .. } => self.function.line,
        }
    }

    /// The memory size that the file gives the function, in MB.
    #[must_use]
    pub fn megabytes(&self) -> u32 {
        match &self.memory {
            Memory::Number(number) => number.digits.megabytes,
            Memory::Absent { default, .. } => *default,
        }
    }

    /// Says what leads from the function to the number, such as "the default of the parameter Memory".
    #[must_use]
    pub fn via(&self) -> Option<String> {
        let Memory::Number(number) = &self.memory else { return None };
        number.via.last().map(|via| via.what.clone())
    }

    /// Returns true if a deployment can give the function another memory size than the file does.
    #[must_use]
    pub fn can_be_overridden(&self) -> bool {
        matches!(&self.memory, Memory::Number(number) if number.via.iter().any(|via| via.is_default))
    }

    /// The text of the file with another memory size.
    ///
    /// # Errors
    ///
    /// If it is not declared, if it is shared, if a parameter does not allow the new one, or if the text would not be
    /// the same document otherwise.
    pub fn set(&self, memory: Power) -> Result<String, Refusal> {
        let Source { text, .. } = self.source;
        let resource = self.function.resource.clone();
        let number = match &self.memory {
            Memory::Number(number) => number,
            Memory::Absent { default, add } => {
                let (line, default, add) = (self.function.line, *default, add.clone());
                return Err(Refusal::Absent { resource, line, default, add });
            }
        };
        if !number.uses.is_empty() {
            let via = self.via().unwrap_or_else(|| "an anchored value".to_owned());
            return Err(Refusal::Shared { resource, via, line: self.line(), uses: number.uses.clone() });
        }
        let megabytes = memory.megabytes();
        if let Some(limit) = number.limits.iter().find(|limit| !limit.allows.has(megabytes)) {
            let (what, line) = (limit.what.clone(), limit.line);
            return Err(Refusal::NotAllowed { what, line, megabytes, limit: limit.allows.shown() });
        }
        let range = number.digits.range.clone();
        let changed = format!("{}{megabytes}{}", &text[..range.start], &text[range.end..]);
        self.is_only_change(&changed, number, memory).then_some(changed).ok_or(Refusal::Unsafe)
    }

    /// Returns true if the number has a comment by [`Self::set_with_comment`].
    #[must_use]
    pub fn has_comment(&self) -> bool {
        let Memory::Number(number) = &self.memory else { return false };
        comment::is_above(self.source.text, number.digits.range.start)
    }

    /// The text of the file with another memory size, and with a comment in the line above the number, in place of the
    /// one that has been put there before. It begins with "power-tuner, ".
    ///
    /// # Errors
    ///
    /// Those of [`Self::set`]; also if the file is JSON, or if no comment can stand in that line.
    pub fn set_with_comment(&self, memory: Power, comment: &str) -> Result<String, Refusal> {
        let changed = self.set(memory)?;
        let Memory::Number(number) = &self.memory else { return Err(Refusal::Unsafe) };
        if changed.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
            return Err(Refusal::NoComments);
        }
        let commented = comment::put_above(&changed, number.digits.range.start, comment);
        let is_same = match format::language(self.source.file)? {
            Language::Terraform => terraform::are_the_same(&changed, &commented),
            Language::Yaml => {
                matches!((Yaml::parse(&changed), Yaml::parse(&commented)), (Ok(old), Ok(new)) if old.is_same_as(&new))
            }
        };
        is_same.then_some(commented).ok_or(Refusal::NoPlaceForComment { line: self.line() })
    }

    /// Returns true if a text is the file with another number at this place, and gives the function that memory size.
    fn is_only_change(&self, changed: &str, number: &Number, memory: Power) -> bool {
        let (was, is) = (number.digits.megabytes, memory.megabytes());
        let source = Source { text: changed, ..self.source };
        let differs_in_one = match (format::language(source.file), Yaml::parse(self.source.text), Yaml::parse(changed))
        {
            _ if was == is => changed == self.source.text,
            (Ok(Language::Terraform), ..) => {
                terraform::differ_only_in(self.source.text, changed, &number.digits.range, was)
            }
            (Ok(Language::Yaml), Ok(old), Ok(new)) => old.differ_only_in(&new, &was.to_string(), &is.to_string()),
            _ => false,
        };
        let is_it = |other: &&Function| (other.line, &other.resource) == (self.function.line, &self.function.resource);
        let again = functions(source).ok().and_then(|functions| functions.all.iter().find(is_it).cloned());
        let set = again.and_then(|function| function.memory.ok());
        differs_in_one && matches!(set, Some(Memory::Number(number)) if number.digits.megabytes == is)
    }
}
