//! `power-tuner upgrade`: another version, or other parameters, of what is deployed.

use ::package::{ARCHITECTURE, BUCKET};
use tuning::price::Architecture;

use super::deploy::{Words, carry_out};
use crate::{
    account::{Account, Place},
    arguments::{Deploy, architecture},
    console::Console,
    deployed,
    exit::Exit,
    failure::Failure,
    stack::{
        self,
        bucket::Bucket,
        change::{self, Template, Wanted},
        found::{self, Found, Standing},
        identity::Identity,
        package,
        parameters::{self, Before, Given},
        plan::Plan,
        runs,
    },
};

/// Upgrades it.
pub async fn run(place: &Place, arguments: &Deploy) -> Result<Exit, Failure> {
    let (console, name) = (arguments.how.console(), arguments.stack.name.as_str());
    stack::can_ask(arguments.how.yes, "nothing was changed")?;
    let account = Account::connect(place).await?;
    let found = there(found::stack(&account, name).await?, name, &account)?;
    let before = found.parameter(ARCHITECTURE).and_then(|text| architecture(text).ok());
    let package = package::chosen(&arguments.code, before.unwrap_or(Architecture::Arm))?;
    let given = &arguments.parameters.given;
    parameters::check(given, &package)?;
    let identity = Identity::ask(&account).await?;
    console.say(account.told(place, None, &format!("::::{}", identity.account)));
    if let Some(state_machine) = found.state_machine() {
        runs::check_none(&account, state_machine, "an upgrade").await?;
        tell_versions(&account, state_machine, &package.manifest.version, console).await;
    }
    let bucket = arguments.code.bucket.as_deref().or_else(|| found.parameter(BUCKET));
    let bucket = Bucket::new(&account, &identity, bucket);
    let state = bucket.state().await?;
    let parameters = parameters::all(given, &package, &bucket.name, Before::Stack(&found.parameters));
    let wanted = Wanted { stack: name, template: Template::Text(package.template()), parameters, is_new: false };
    let Some(change_set) = change::create(&account, wanted).await? else {
        console.say(format_args!("nothing is to be changed: the stack {name} is as it would be"));
        return Ok(Exit::Done);
    };
    let kept = found.parameters.iter().filter(|before| !given.iter().any(|given| given.name == before.name));
    let set: Vec<Given> = given.iter().chain(kept).cloned().collect();
    let plan = Plan {
        account: &account,
        identity: &identity,
        stack: name,
        package: &package,
        bucket: &bucket,
        state,
        change_set,
        set,
    };
    let words = Words {
        question: "Change it?",
        declined: "nothing was changed",
        doing: "upgrading power-tuner",
        after_failure: format!("AWS has put the stack {name} back to what it was, unless it says otherwise"),
    };
    carry_out(&plan, &arguments.how, words).await
}

/// The stack, if it can be upgraded.
fn there(found: Option<Found>, name: &str, account: &Account) -> Result<Found, Failure> {
    let deploy = "to deploy it: power-tuner deploy";
    let Some(found) = found else {
        return Err(Failure::bad_input(format!("there is no stack {name} in {}", account.region))
            .hint("check --stack, the region and the account: power-tuner doctor says what is deployed")
            .hint(deploy));
    };
    found.check_quiet()?;
    found.check_ours()?;
    match found.standing() {
        Standing::Deployed | Standing::Busy => Ok(found),
        Standing::Empty | Standing::Failed => {
            Err(Failure::bad_input(format!("the stack {name} was never deployed ({})", found.status)).hint(deploy))
        }
        Standing::Stuck => {
            Err(Failure::other(format!("an update of the stack {name} failed, and so did its way back"))
                .hint("AWS refuses changes until: aws cloudformation continue-update-rollback --stack-name NAME"))
        }
    }
}

/// Says which version takes the place of which, and warns of an older one.
async fn tell_versions(account: &Account, state_machine: &str, new: &str, console: Console) {
    match deployed::version(account, state_machine).await {
        Ok(Some(old)) if old == new => console.say(format_args!("{old} is deployed, which is this version")),
        Ok(Some(old)) => {
            console.say(format_args!("{old} is deployed, and becomes {new}"));
            if number(&old) > number(new) {
                console.warn(format_args!(
                    "{new} is older than {old}: what {old} does better is lost, and its runs are not known to it"
                ));
            }
        }
        Ok(None) => {}
        Err(failure) => console.warn(format_args!("which version is deployed is not known: {}", failure.what)),
    }
}

/// The three numbers of a version. One before a release is older than that.
fn number(version: &str) -> (Vec<u64>, bool) {
    let core = version.split('+').next().unwrap_or(version);
    let (numbers, is_release) = core.split_once('-').map_or((core, true), |(numbers, _)| (numbers, false));
    (numbers.split('.').map(|part| part.parse().unwrap_or(0)).collect(), is_release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (older, newer) in [("0.1.0", "0.2.0"), ("0.9.0", "0.10.0"), ("1.0.0-rc.1", "1.0.0"), ("1.2.3", "2.0.0")] {
            assert!(number(older) < number(newer), "{older} {newer}");
        }
        assert_eq!(number("1.2.3+5"), number("1.2.3"));
    }
}
