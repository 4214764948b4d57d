//! The fields of the contract: what each takes, what it means, and an example. The reader, the messages, the JSON
//! schema and the tables of the documentation come from here.

use std::borrow::Cow;

/// A field of the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What happens without it, in words.
    pub default: &'static str,
    /// A value that works, as JSON.
    pub example: &'static str,
    /// What it means, for the documentation and the schema.
    pub meaning: &'static str,
    /// Whether AWS Lambda Power Tuning has it, too.
    pub origin: Origin,
}

/// What a field takes. Numbers may also be sent as strings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// true or false.
    Boolean,
    /// A whole number.
    Integer {
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// A number; one outside is refused.
    Number {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// A number; one outside is brought into the range, as the reference tool does it, and `warnings` says so.
    Clamped {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text with rules of its own.
    Text {
        /// The rules, in words.
        allowed: &'static str,
        /// The rules as far as a regular expression of ECMA 262 goes: it matches all that is allowed, and perhaps more.
        pattern: &'static str,
    },
    /// A list of memory sizes, `"ALL"`, or `"AUTO"`.
    PowerValues,
    /// A list of texts.
    Texts,
    /// Any JSON.
    Json {
        /// What is read into it, in words.
        allowed: &'static str,
    },
}

/// Where a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// AWS Lambda Power Tuning has it.
    Reference,
    /// New in power-tuner.
    New,
}

/// The samples of a search travel in the state of its execution, which has room for so many beside the rest.
const MOST_INVOCATIONS_OF_A_SEARCH: u32 = 1000;
/// The default of a field that has none.
const REQUIRED: &str = "required";
const BOOLEAN: Kind = Kind::Boolean;
const FUNCTION: Kind = Kind::Text {
    allowed: "the ARN or the name of a Lambda function",
    pattern: r"^((arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?[0-9]{12}:function:)?[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?$",
};
const MEMORY: Kind = Kind::Integer { min: 128, max: 10_240 };

const fn reference(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    example: &'static str,
    meaning: &'static str,
) -> Field {
    Field { name, kind, default, example, meaning, origin: Origin::Reference }
}

const fn new(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    example: &'static str,
    meaning: &'static str,
) -> Field {
    Field { name, kind, default, example, meaning, origin: Origin::New }
}

/// All fields of the contract.
pub const FIELDS: &[Field] = &[
    reference(
        "lambdaARN",
        FUNCTION,
        REQUIRED,
        "\"arn:aws:lambda:us-east-1:123456789012:function:my-function\"",
        "the function to tune: an ARN in any partition and region, or a name. With a version or an alias, it is tuned only if \
         that has the code of $LATEST",
    ),
    reference(
        "num",
        Kind::Integer { min: 5, max: u32::MAX },
        "required, unless `powerValues` is `\"AUTO\"`",
        "10",
        "invocations per memory size; with `powerValues: \"AUTO\"` the most per memory size",
    ),
    reference(
        "powerValues",
        Kind::PowerValues,
        "the deployment's list",
        "[128, 512, 1024]",
        "the memory sizes to measure, in MB; `\"ALL\"` is 128, 192, … 3008, or up to `maxPower`; `\"AUTO\"` searches the whole \
         range and measures where it matters",
    ),
    reference(
        "payload",
        Kind::Json { allowed: "any JSON, or a list of {\"payload\": …, \"weight\": n}" },
        "no request body",
        "{\"key\": \"value\"}",
        "what the function is invoked with. A list in which every element has a `payload` and a `weight` shares the invocations \
         out: each payload gets floor(weight x num / total) of them, the last one the rest",
    ),
    reference(
        "payloadS3",
        Kind::Text { allowed: "s3://<bucket>/<key>", pattern: r"^s3://[a-z0-9.-]{3,63}/[^\n]" },
        "",
        "\"s3://my-bucket/payload.json\"",
        "the payload lies in S3: as JSON, else it is sent as text. It wins over `payload`, and may be a weighted list, too",
    ),
    reference("parallelInvocation", BOOLEAN, "false", "true", "invoke concurrently, in lanes"),
    reference(
        "strategy",
        Kind::Word(&["cost", "speed", "balanced"]),
        "`cost`",
        "\"cost\"",
        "what \"best\" means. Ties on cost go to the faster, ties on duration to the cheaper; `tolerance` says what is a tie",
    ),
    reference(
        "balancedWeight",
        Kind::Clamped { min: 0.0, max: 1.0 },
        "0.5",
        "0.5",
        "weight of cost against duration in `balanced`",
    ),
    reference("autoOptimize", BOOLEAN, "the deployment's", "true", "leave $LATEST at the winner"),
    reference(
        "autoOptimizeAlias",
        Kind::Text {
            allowed: "the name of an alias: 1 to 128 letters, digits, - and _, not all of them digits, and not \
                      power-tuning-lock",
            pattern: "^[0-9]*[A-Za-z_-][A-Za-z0-9_-]{0,127}$",
        },
        "",
        "\"live\"",
        "with `autoOptimize`: publish the winner and point this alias at it; $LATEST keeps its memory",
    ),
    reference("dryRun", BOOLEAN, "false", "true", "one invocation per value, no analysis, no change"),
    reference(
        "preProcessorARN",
        FUNCTION,
        "",
        "\"arn:aws:lambda:us-east-1:123456789012:function:prepare\"",
        "a function to run before each invocation, with its payload; what it returns, if anything, replaces the payload",
    ),
    reference(
        "postProcessorARN",
        FUNCTION,
        "",
        "\"arn:aws:lambda:us-east-1:123456789012:function:clean\"",
        "a function to run after each invocation, with what the function returned",
    ),
    reference(
        "discardTopBottom",
        Kind::Clamped { min: 0.0, max: 0.4 },
        "0.2",
        "0.2",
        "the share of samples dropped at both ends before the mean is taken; 0 with `onlyColdStarts`",
    ),
    reference(
        "sleepBetweenRunsMs",
        Kind::Integer { min: 0, max: 600_000 },
        "0",
        "100",
        "pause between the invocations of a lane",
    ),
    reference(
        "disablePayloadLogs",
        BOOLEAN,
        "false",
        "true",
        "the function's own messages, too, are kept out of errors and results; payloads are never logged",
    ),
    reference("includeOutputResults", BOOLEAN, "false", "true", "`stats` in the output"),
    reference(
        "onlyColdStarts",
        BOOLEAN,
        "false",
        "true",
        "every invocation is a cold start: `num` versions are published per memory size. Durations then include the cold start",
    ),
    reference(
        "allowedExceptions",
        Kind::Texts,
        "[]",
        "[\"BusinessError\"]",
        "error types of the function that count as normal samples",
    ),
    new("minPower", MEMORY, "128", "256", "the smallest value of `\"ALL\"` and `\"AUTO\"`"),
    new("maxPower", MEMORY, "3008; 10240 for `AUTO`", "2048", "the largest value of `\"ALL\"` and `\"AUTO\"`"),
    new(
        "maxConcurrency",
        Kind::Integer { min: 1, max: 500 },
        "10",
        "10",
        "the most lanes of `parallelInvocation`. A lane is one environment that is invoked in series; each has at least two \
         invocations, because the first one is cold",
    ),
    new(
        "powerConcurrency",
        Kind::Integer { min: 0, max: 1000 },
        "0, as many as AWS Step Functions can, which is 40",
        "2",
        "how many memory sizes are measured at a time, as far as the concurrency of the function and its account allows",
    ),
    new(
        "onFailure",
        Kind::Word(&["skip", "fail"]),
        "`skip`",
        "\"skip\"",
        "what becomes of a memory size at which the function runs out of memory, times out, crashes, or raises errors \
         of its own that are not allowed: it is left out, or the run fails. If the function raises errors at every \
         memory size, the run fails",
    ),
    new(
        "allowedErrorRate",
        Kind::Number { min: 0.0, max: 1.0 },
        "0",
        "0.05",
        "the share of a memory size's invocations that may end with an error of the function's own code. They are no \
         samples, and are billed. With more, the memory size is left out. Nor can one win whose share of allowed \
         errors is clearly higher than that of others",
    ),
    new("compareWithCurrent", BOOLEAN, "false; true for `AUTO`", "true", "measure the function's current memory, too"),
    new(
        "metric",
        Kind::Word(&["average", "p50", "p90", "p95", "p99"]),
        "`average`",
        "\"p95\"",
        "the duration that `strategy` and `maxDuration` look at. p90 takes 30 samples, p95 60, p99 300",
    ),
    new(
        "maxDuration",
        Kind::Number { min: 0.001, max: 900_000.0 },
        "",
        "500",
        "only values that take at most so many ms can win. If none meets it, the one that comes nearest wins, and a warning is added",
    ),
    new(
        "maxCost",
        Kind::Number { min: 1e-12, max: 1000.0 },
        "",
        "0.00001",
        "only values that cost at most so much per invocation can win. If none meets it, the one that comes nearest \
         wins, and a warning is added",
    ),
    new(
        "memoryHeadroom",
        Kind::Number { min: 0.0, max: 10.0 },
        "0",
        "0.2",
        "only values of at least maxMemoryUsed x (1 + headroom) can win. With 0, a winner with less than 20 % gets a warning",
    ),
    new(
        "invocationsPerMonth",
        Kind::Integer { min: 1, max: u32::MAX },
        "",
        "1000000",
        "adds what the function costs a month, at its current memory and at the winner, and the saving",
    ),
    new(
        "includeSamples",
        BOOLEAN,
        "false",
        "true",
        "every sample in `stats`, as far as they fit the state of an execution; otherwise evenly thinned, which `warnings` says",
    ),
    new(
        "assumeRoleARN",
        Kind::Text { allowed: "the ARN of an IAM role", pattern: "^arn:aws[a-z-]*:iam::[0-9]{12}:role/." },
        "",
        "\"arn:aws:iam::123456789012:role/tuned-by-another-account\"",
        "the role to assume for every call on the function, to tune in another account",
    ),
    new(
        "tolerance",
        Kind::Number { min: 0.0, max: 0.5 },
        "0; 0.02 for `AUTO`",
        "0.02",
        "differences below this fraction do not matter: of the sizes whose cost is within it of the cheapest, the \
         fastest wins (`speed`: of those whose duration, by `metric`, is within it of the fastest, the cheapest). It \
         softens no limit: only sizes that meet `maxDuration`, `maxCost` and `memoryHeadroom` are compared. With \
         `balanced` the best balance wins whatever it is. `AUTO` does not measure for less than it, either. 0: every \
         difference matters",
    ),
    new(
        "effort",
        Kind::Word(&["quick", "normal", "thorough"]),
        "`normal`",
        "\"quick\"",
        "only for `AUTO`: how many samples the search takes; `normal` takes about 70",
    ),
    new(
        "maxInvocations",
        Kind::Integer { min: 10, max: MOST_INVOCATIONS_OF_A_SEARCH },
        "500",
        "100",
        "only for `AUTO`: the most invocations of the run. Fewer than it takes to find a winner are refused: 36 with the defaults",
    ),
    new(
        "maxSpend",
        Kind::Number { min: 1e-9, max: 1e6 },
        "",
        "0.05",
        "the most that the invocations of the run may cost, in USD (in China in CNY). No invocation begins that would probably exceed it; the \
         run ends with what it has by then",
    ),
];

/// Fields that are known, but not for what a run does: what Step Functions adds to the input of an execution that
/// another state machine starts, and the JSON Schema that an editor checks a file by.
pub(super) const OF_OTHERS: [&str; 2] = ["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "$schema"];

/// Names that fields of the reference tool once had.
const EARLIER_NAMES: [(&str, &str); 1] = [("enableParallel", "parallelInvocation")];

impl Field {
    /// The field of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// The field that somebody probably meant by a name that does not exist: an earlier name of it, or one that at most
    /// a third of its letters differ from.
    #[must_use]
    pub fn meant_by(name: &str) -> Option<&'static Self> {
        if let Some((_, now)) = EARLIER_NAMES.iter().find(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
            return Self::named(now);
        }
        let edits = |field: &Self| strsim::damerau_levenshtein(&field.name.to_lowercase(), &name.to_lowercase());
        let nearest = FIELDS.iter().min_by_key(|field| edits(field))?;
        (3 * edits(nearest) <= nearest.name.len()).then_some(nearest)
    }

    /// What it means, as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut letters = self.meaning.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}.", letters.as_str())
    }

    /// Whether an input without it is refused.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.default == REQUIRED
    }
}

impl Kind {
    /// What is allowed, in words.
    #[must_use]
    pub fn allowed(&self) -> Cow<'static, str> {
        match self {
            Self::Boolean => "true or false".into(),
            Self::Integer { min, max: u32::MAX } => format!("an integer, {min} or more").into(),
            Self::Integer { min, max } => format!("an integer from {min} to {max}").into(),
            Self::Number { min, max } | Self::Clamped { min, max } => format!("a number from {min} to {max}").into(),
            Self::Word(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                let (last, others) = quoted.split_last().map_or((String::new(), &[][..]), |(l, o)| (l.clone(), o));
                format!("{} or {last}", others.join(", ")).into()
            }
            Self::Text { allowed, .. } | Self::Json { allowed } => (*allowed).into(),
            Self::PowerValues => "a list of integers from 128 to 10240, \"ALL\" or \"AUTO\"".into(),
            Self::Texts => "a list of texts".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for field in FIELDS {
            assert_eq!(FIELDS.iter().filter(|other| other.name == field.name).count(), 1, "{}", field.name);
        }
    }

    #[test]
    fn a_sentence_begins_with_a_capital_and_ends_with_a_stop() {
        assert_eq!(Field::named("effort").unwrap().sentence().chars().next(), Some('O'));
        assert_eq!(Field::named("includeOutputResults").unwrap().sentence(), "`stats` in the output.");
    }

    #[test]
    fn what_is_allowed_is_said_in_words() {
        let allowed = |name: &str| Field::named(name).unwrap().kind.allowed();
        assert_eq!(allowed("num"), "an integer, 5 or more");
        assert_eq!(allowed("maxConcurrency"), "an integer from 1 to 500");
        assert_eq!(allowed("strategy"), "\"cost\", \"speed\" or \"balanced\"");
        assert_eq!(allowed("discardTopBottom"), "a number from 0 to 0.4");
    }
}
