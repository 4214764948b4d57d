//! The functions of a file, and which of them is meant.

use crate::{
    number::Number,
    refusal::{Refusal, Use},
};

/// The declarations of a file.
#[derive(Debug, Default)]
pub struct Functions {
    /// The functions.
    pub all: Vec<Function>,
    /// Other resources, to be told from functions that are not there.
    pub others: Vec<Other>,
    /// Files that the file names, which may declare more.
    pub elsewhere: Vec<String>,
}

/// A resource that is no function.
#[derive(Debug)]
pub struct Other {
    /// Its name.
    pub resource: String,
    /// Its line.
    pub line: usize,
    /// The kind of resource that it is.
    pub kind: String,
}

/// A function as a file declares it.
#[derive(Debug, Clone)]
pub struct Function {
    /// The name that the file gives it.
    pub resource: String,
    /// Where it is declared.
    pub line: usize,
    /// The name that AWS gives it.
    pub name: Name,
    /// Its memory, or why that cannot be told.
    pub memory: Result<Memory, Refusal>,
}

/// The name that AWS gives a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// This.
    Is(String),
    /// The value of this expression.
    Computed(String),
    /// The name of CloudFormation for a logical id: the stack's name, the id, and some characters.
    OfStack {
        /// The logical id.
        id: String,
    },
    /// The Serverless Framework's name: the service's, the stage's and the key.
    OfService {
        /// The name of the service, if it is literal.
        service: Option<String>,
        /// The key.
        key: String,
    },
    /// A resource's name and some hexadecimal digits, as Pulumi makes it.
    OfProgram {
        /// The name of the resource.
        resource: String,
    },
}

/// The memory of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// It stands in the file.
    Number(Number),
    /// It is not declared.
    Absent {
        /// The memory that the function has then, in MB.
        default: u32,
        /// The line to add, with `{}` for the number, and where.
        add: String,
    },
}

/// Which function is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The one that AWS calls so.
    Function(String),
    /// The one that the file calls so.
    Resource(String),
}

impl Name {
    /// Returns true if it is this name, by the rules of the tool that makes names where none is given.
    fn is(&self, name: &str) -> bool {
        let of_stack = |id: &str| {
            let mut parts = name.rsplit('-');
            let made =
                parts.next().is_some_and(|end| end.len() >= 12 && end.bytes().all(|b| b.is_ascii_alphanumeric()));
            made && parts.next() == Some(id) && parts.next().is_some()
        };
        let of_program = |resource: &str| {
            let made = name.strip_prefix(resource).and_then(|rest| rest.strip_prefix('-'));
            made.is_some_and(|end| end.len() == 7 && end.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        let of_service = |service: &str, key: &str| {
            let stage = name
                .strip_prefix(service)
                .and_then(|rest| rest.strip_prefix('-')?.strip_suffix(key)?.strip_suffix('-'));
            // With a hyphen in it, it may be the end of the service's name, or the beginning of another key.
            stage.is_some_and(|stage| !stage.is_empty() && !stage.contains('-'))
        };
        match self {
            Self::Is(own) => own == name,
            Self::Computed(_) => false,
            Self::OfStack { id } => of_stack(id),
            Self::OfService { service, key } => service.as_deref().is_some_and(|service| of_service(service, key)),
            Self::OfProgram { resource } => of_program(resource),
        }
    }
}

impl Wanted {
    fn shown(&self) -> String {
        match self {
            Self::Function(name) => format!("function called {name}"),
            Self::Resource(name) => format!("resource called {name}"),
        }
    }
}

impl Function {
    /// For a message.
    fn shown(&self) -> String {
        match &self.name {
            Name::Is(name) if *name != self.resource => {
                format!("{} (line {}, called {name})", self.resource, self.line)
            }
            Name::Computed(how) => format!("{} (line {}, called {how})", self.resource, self.line),
            _ => format!("{} (line {})", self.resource, self.line),
        }
    }

    /// Returns true if the file calls it so, with or without the type before it.
    fn is_resource(&self, name: &str) -> bool {
        self.resource == name || self.resource.rsplit_once('.').is_some_and(|(_, own)| own == name)
    }
}

impl Functions {
    /// The function that is meant. What else reads its number is added to it.
    pub fn find(&self, wanted: &Wanted) -> Result<Function, Refusal> {
        let found = self.meant(wanted);
        match found.as_slice() {
            [] => Err(self.not_found(wanted)),
            [one] => Ok(self.with_uses((*one).clone())),
            several => {
                let mut names: Vec<&str> = several.iter().map(|function| function.resource.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                Err(Refusal::Ambiguous {
                    wanted: format!("the {}", wanted.shown()),
                    can_be_named: names.len() == several.len(),
                    candidates: several.iter().map(|function| function.shown()).collect(),
                })
            }
        }
    }

    fn meant(&self, wanted: &Wanted) -> Vec<&Function> {
        let those =
            |is: &dyn Fn(&Function) -> bool| self.all.iter().filter(|function| is(function)).collect::<Vec<_>>();
        match wanted {
            Wanted::Resource(name) => those(&|function| function.is_resource(name)),
            Wanted::Function(name) => {
                // What stands there goes before what a tool would make of it.
                let named = those(&|function| function.name == Name::Is(name.clone()));
                if named.is_empty() { those(&|function| function.name.is(name)) } else { named }
            }
        }
    }

    fn not_found(&self, wanted: &Wanted) -> Refusal {
        if let Wanted::Resource(name) = wanted
            && let Some(other) = self.others.iter().find(|other| other.resource == *name)
        {
            let Other { resource, line, kind } = other;
            return Refusal::NoFunction { resource: resource.clone(), line: *line, kind: kind.clone() };
        }
        Refusal::NotFound {
            wanted: wanted.shown(),
            declared: self.all.iter().map(Function::shown).collect(),
            elsewhere: self.elsewhere.clone(),
        }
    }

    fn with_uses(&self, mut function: Function) -> Function {
        if let Ok(Memory::Number(number)) = &mut function.memory {
            for other in &self.all {
                let is_other = (other.line, &other.resource) != (function.line, &function.resource);
                let shares = matches!(&other.memory, Ok(Memory::Number(own)) if own.digits == number.digits);
                let is_known = |place: &Use| place.path.split('.').any(|part| other.is_resource(part));
                if is_other && shares && !number.uses.iter().any(is_known) {
                    number.uses.push(Use { path: other.resource.clone(), line: other.line });
                }
            }
        }
        function
    }
}
