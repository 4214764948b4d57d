//! The names of functions and executions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::units::printable::printable;

/// A function as a caller names it: an ARN or a bare name, with or without a version or an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FunctionReference {
    /// Region of the ARN; a bare name is looked up in the region of the state machine.
    pub region: Option<String>,
    /// The ARN or the name, without its qualifier, as the Lambda API takes it.
    pub function: String,
    /// Version or alias.
    pub qualifier: Option<String>,
}

/// The ARN of a function, without a qualifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FunctionArn {
    partition: String,
    region: String,
    account: String,
    name: String,
}

/// The ARN of an IAM role: `arn:<partition>:iam::<account>:role/<path and name>`.
///
/// By <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> and
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>: the name has 1 to 64 letters, digits and
/// characters of `_+=,.@-`, and the path before it has any visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleArn(String);

/// The ARN of a Step Functions execution: what names a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecutionArn(pub String);

/// A text that names no function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" names no Lambda function: expected arn:<partition>:lambda:<region>:<account>:function:<name> or a function name"
)]
pub struct NotAFunction(pub String);

/// A text that names no IAM role; it is cut to 120 printable characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no ARN of an IAM role: expected arn:<partition>:iam::<12 digits of the account>:role/<path and name>, at \
     most 512 bytes"
)]
pub struct NotARole(pub String);

impl FunctionArn {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The region, which decides the price.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The name of the function alone.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FunctionReference {
    /// Returns true if both can name the same function: what only one of them says of region and account does not tell
    /// them apart.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        let differ = |one: Option<&str>, other: Option<&str>| one.zip(other).is_some_and(|(one, other)| one != other);
        let ((name, account), (other_name, other_account)) = (self.name_and_account(), other.name_and_account());
        name == other_name
            && !differ(account, other_account)
            && !differ(self.region.as_deref(), other.region.as_deref())
    }

    /// The name of the function alone.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name_and_account().0
    }

    fn name_and_account(&self) -> (&str, Option<&str>) {
        let mut parts = self.function.rsplit(':');
        (parts.next().unwrap_or_default(), parts.nth(1))
    }
}

impl RoleArn {
    /// The longest ARN of a role, in bytes.
    const LONGEST: usize = 512;

    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_qualifier(text: &str) -> bool {
    text == "$LATEST"
        || (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_region(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').count() >= 3 && text.split('-').all(is_word)
}

fn is_partition(text: &str) -> bool {
    text.starts_with("aws") && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// A role's name with the path before it, if there is one: `<name>` or `<path>/<name>`.
fn is_role(text: &str) -> bool {
    let (path, name) = text.rsplit_once('/').map_or((None, text), |(path, name)| (Some(path), name));
    let in_name = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    (1..=64).contains(&name.len())
        && name.bytes().all(in_name)
        && path.is_none_or(|path| !path.is_empty() && path.bytes().all(|b| b.is_ascii_graphic()))
}

impl FromStr for FunctionReference {
    type Err = NotAFunction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, function, name, qualifier) = match parts.as_slice() {
            ["arn", partition, "lambda", region, account, "function", name, qualifier @ ..]
                if is_partition(partition) && is_region(region) && is_account(account) =>
            {
                let arn = format!("arn:{partition}:lambda:{region}:{account}:function:{name}");
                (Some((*region).to_owned()), arn, *name, qualifier)
            }
            [account, "function", name, qualifier @ ..] if is_account(account) => {
                (None, format!("{account}:function:{name}"), *name, qualifier)
            }
            [name, qualifier @ ..] => (None, (*name).to_owned(), *name, qualifier),
            [] => return Err(NotAFunction(text.to_owned())),
        };
        let qualifier = match qualifier {
            [] => None,
            [one] if is_qualifier(one) => Some((*one).to_owned()),
            _ => return Err(NotAFunction(text.to_owned())),
        };
        if !is_name(name) {
            return Err(NotAFunction(text.to_owned()));
        }
        Ok(Self { region, function, qualifier: qualifier.filter(|q| q != "$LATEST") })
    }
}

impl FromStr for FunctionArn {
    type Err = NotAFunction;

    /// The ARN of the function; a qualifier at its end is left out.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reference: FunctionReference = text.parse()?;
        match reference.function.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, "lambda", region, account, "function", name] => Ok(Self {
                partition: (*partition).to_owned(),
                region: (*region).to_owned(),
                account: (*account).to_owned(),
                name: (*name).to_owned(),
            }),
            _ => Err(NotAFunction(text.to_owned())),
        }
    }
}

impl TryFrom<String> for FunctionArn {
    type Error = NotAFunction;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FunctionArn> for String {
    fn from(arn: FunctionArn) -> Self {
        arn.to_string()
    }
}

impl FromStr for RoleArn {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, "iam", "", account, resource]
                if text.len() <= Self::LONGEST
                    && is_partition(partition)
                    && is_account(account)
                    && resource.strip_prefix("role/").is_some_and(is_role) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(NotARole(printable(text, 120))),
        }
    }
}

impl TryFrom<String> for RoleArn {
    type Error = NotARole;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RoleArn> for String {
    fn from(arn: RoleArn) -> Self {
        arn.0
    }
}

impl TryFrom<String> for FunctionReference {
    type Error = NotAFunction;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FunctionReference> for String {
    fn from(reference: FunctionReference) -> Self {
        reference.to_string()
    }
}

impl From<&FunctionArn> for FunctionReference {
    fn from(arn: &FunctionArn) -> Self {
        Self { region: Some(arn.region.clone()), function: arn.to_string(), qualifier: None }
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, region, account, name } = self;
        write!(f, "arn:{partition}:lambda:{region}:{account}:function:{name}")
    }
}

impl fmt::Display for FunctionReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        self.qualifier.iter().try_for_each(|qualifier| write!(f, ":{qualifier}"))
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ExecutionArn {
    /// The region that it runs in.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.0.split(':').nth(3).filter(|region| is_region(region))
    }

    /// The ARN of its state machine; nothing if this is not the ARN of an execution.
    #[must_use]
    pub fn state_machine(&self) -> Option<String> {
        let (before, after) = self.0.split_once(":execution:")?;
        let (name, _) = after.split_once(':')?;
        Some(format!("{before}:stateMachine:{name}"))
    }
}

impl fmt::Display for ExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_partition_and_a_bare_name_are_read() {
        for arn in [
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:f",
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f",
        ] {
            let reference: FunctionReference = arn.parse().unwrap();
            assert_eq!(reference.function, arn);
            assert_eq!(reference.region.as_deref(), arn.split(':').nth(3));
            assert_eq!(arn.parse::<FunctionArn>().unwrap().to_string(), arn);
        }
        let bare: FunctionReference = "my_function".parse().unwrap();
        assert_eq!((bare.region, bare.function.as_str(), bare.qualifier), (None, "my_function", None));
    }

    #[test]
    fn a_qualifier_is_set_apart_and_latest_is_none() {
        let reference: FunctionReference = "f:live".parse().unwrap();
        assert_eq!(reference.qualifier.as_deref(), Some("live"));
        let reference: FunctionReference = "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST".parse().unwrap();
        assert_eq!(reference.qualifier, None);
        let arn: FunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:f:7".parse().unwrap();
        assert_eq!(arn.to_string(), "arn:aws:lambda:us-east-1:123456789012:function:f");
    }

    #[test]
    fn what_names_no_function_is_refused() {
        for text in [
            "",
            ":",
            "a b",
            "arn:aws:s3:::bucket",
            "arn:aws:lambda:us-east-1:1:function:f",
            "arn:aws\u{1f980}:lambda:us-east-1:123456789012:function:f",
            "f:a:b",
            "f:",
            "ä",
        ] {
            assert!(text.parse::<FunctionReference>().is_err(), "{text}");
        }
    }

    #[test]
    fn roles_of_every_partition_with_and_without_a_path_are_read() {
        for text in [
            "arn:aws:iam::123456789012:role/tuner",
            "arn:aws-cn:iam::123456789012:role/tuner",
            "arn:aws-us-gov:iam::123456789012:role/service-role/x",
            "arn:aws:iam::123456789012:role/a/b:c/d!~/A_b+c=d,e.f@g-h",
            &format!("arn:aws:iam::123456789012:role/{}", "r".repeat(64)),
        ] {
            let role: RoleArn = text.parse().unwrap();
            assert_eq!((role.as_str(), role.to_string().as_str()), (text, text));
            let json = serde_json::to_string(&role).unwrap();
            assert_eq!(serde_json::from_str::<RoleArn>(&json).unwrap(), role);
        }
    }

    #[test]
    fn what_names_no_role_is_refused_by_a_message_of_one_line() {
        let long_name = format!("arn:aws:iam::123456789012:role/{}", "r".repeat(65));
        let long_path = format!("arn:aws:iam::123456789012:role/{}/r", "p".repeat(480));
        for text in [
            "",
            "tuner",
            "role/tuner",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role//tuner",
            "arn:aws:iam::123456789012:role/path/",
            "arn:aws:iam::123456789012:user/tuner",
            "arn:aws:iam::12345678901:role/tuner",
            "arn:aws:iam:us-east-1:123456789012:role/tuner",
            "arn:aws:sts::123456789012:assumed-role/tuner/session",
            "arn:gcp:iam::123456789012:role/tuner",
            "arn:aws\u{1f980}:iam::123456789012:role/tuner",
            "arn:aws:iam::123456789012:role/tuner ",
            "arn:aws:iam::123456789012:role/a b/tuner",
            "arn:aws:iam::123456789012:role/tünér",
            "arn:aws:iam::123456789012:role/tuner:7",
            "arn:aws:iam::123456789012:role/tuner\n",
            &long_name,
            &long_path,
        ] {
            let message = text.parse::<RoleArn>().unwrap_err().to_string();
            assert!(message.len() < 400 && !message.contains(char::is_control), "{message}");
        }
        assert!(serde_json::from_str::<RoleArn>("\"tuner\"").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<FunctionReference>();
            let _ = text.parse::<FunctionArn>();
        }

        #[test]
        fn what_is_read_is_written_back(name in "[a-zA-Z0-9_-]{1,64}", account in "[0-9]{12}") {
            let arn = format!("arn:aws:lambda:eu-west-1:{account}:function:{name}");
            prop_assert_eq!(arn.parse::<FunctionArn>().unwrap().to_string(), arn);
        }
    }
}
