//! The fields of the contract: what each takes, and an example.

/// A field of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What is allowed.
    pub allowed: &'static str,
    /// A value that works, as JSON.
    pub example: &'static str,
    /// Whether this version reads it.
    pub support: Support,
}

/// Whether this version reads a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does.
    Full,
    /// It does not yet. Such a field changes what is measured or decided, so that it is refused rather than ignored.
    NotYet,
}

const fn full(name: &'static str, allowed: &'static str, example: &'static str) -> Field {
    Field { name, allowed, example, support: Support::Full }
}

const fn not_yet(name: &'static str) -> Field {
    Field {
        name,
        allowed: "nothing: this version does not support the field yet",
        example: "null",
        support: Support::NotYet,
    }
}

const BOOLEAN: &str = "true or false";

/// All fields of the contract.
pub const FIELDS: &[Field] = &[
    full(
        "lambdaARN",
        "the ARN or the name of a Lambda function",
        "\"arn:aws:lambda:us-east-1:123456789012:function:my-function\"",
    ),
    full("num", "an integer, 5 or more", "10"),
    full("powerValues", "a list of integers from 128 to 10240, or \"ALL\"", "[128, 512, 1024]"),
    full("payload", "any JSON, or a list of {\"payload\": …, \"weight\": n}", "{\"key\": \"value\"}"),
    full("parallelInvocation", BOOLEAN, "true"),
    full("maxConcurrency", "an integer from 1 to 500", "10"),
    full("strategy", "\"cost\", \"speed\" or \"balanced\"", "\"cost\""),
    full("balancedWeight", "a number from 0 to 1", "0.5"),
    full("autoOptimize", BOOLEAN, "true"),
    full(
        "autoOptimizeAlias",
        "the name of an alias: 1 to 128 letters, digits, - and _, not all of them digits, and not power-tuning-lock",
        "\"live\"",
    ),
    full("dryRun", BOOLEAN, "true"),
    full("discardTopBottom", "a number from 0 to 0.4", "0.2"),
    full("sleepBetweenRunsMs", "an integer from 0 to 600000", "100"),
    full("disablePayloadLogs", BOOLEAN, "true"),
    full("includeOutputResults", BOOLEAN, "true"),
    not_yet("payloadS3"),
    not_yet("preProcessorARN"),
    not_yet("postProcessorARN"),
    not_yet("onlyColdStarts"),
    not_yet("allowedExceptions"),
    not_yet("minPower"),
    not_yet("maxPower"),
    not_yet("powerConcurrency"),
    not_yet("onFailure"),
    not_yet("compareWithCurrent"),
    not_yet("metric"),
    not_yet("maxDuration"),
    not_yet("maxCost"),
    not_yet("memoryHeadroom"),
    not_yet("invocationsPerMonth"),
    not_yet("includeSamples"),
    not_yet("assumeRoleARN"),
    not_yet("tolerance"),
    not_yet("maxInvocations"),
];

/// What Step Functions adds to the input of an execution that another state machine starts.
pub(super) const ADDED_BY_STEP_FUNCTIONS: &str = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";

impl Field {
    /// The field of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// The field whose name is most like a name that does not exist.
    #[must_use]
    pub fn nearest(name: &str) -> Option<&'static Self> {
        let likeness = |field: &&Self| strsim::jaro_winkler(&field.name.to_lowercase(), &name.to_lowercase());
        FIELDS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
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
    fn the_nearest_field_is_the_one_that_was_meant() {
        for (typed, meant) in
            [("powervalues", "powerValues"), ("lambdaArn", "lambdaARN"), ("parallelInvocations", "parallelInvocation")]
        {
            assert_eq!(Field::nearest(typed).unwrap().name, meant);
        }
    }
}
