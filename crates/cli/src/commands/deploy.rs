//! `power-tuner deploy`: from the program and credentials to something that can be used.

use tuning::price::Architecture;

use crate::{
    account::{Account, Place},
    arguments::{Deploy, How},
    console::Console,
    exit::Exit,
    failure::Failure,
    stack::{
        self,
        bucket::Bucket,
        change::{self, Template, Wanted},
        follow::Follower,
        found::{self, Found, Standing},
        identity::Identity,
        package,
        parameters::{self, Before},
        plan::Plan,
    },
};

/// Deploys it.
pub async fn run(place: &Place, arguments: &Deploy) -> Result<Exit, Failure> {
    let (console, name) = (arguments.how.console(), arguments.stack.name.as_str());
    let package = package::chosen(&arguments.code, Architecture::Arm)?;
    let given = &arguments.parameters.given;
    parameters::check(given, &package)?;
    stack::can_ask(arguments.how.yes, "nothing was deployed")?;
    let account = Account::connect(place).await?;
    let identity = Identity::ask(&account).await?;
    console.say(account.told(place, None, &format!("::::{}", identity.account)));
    let bucket = Bucket::new(&account, &identity, arguments.code.bucket.as_deref());
    let state = bucket.state().await?;
    if let Some(found) = found::stack(&account, name).await? {
        found.check_quiet()?;
        found.check_ours()?;
        match make_way(&account, &found, arguments.how.yes, console).await? {
            Way::Free => {}
            Way::Taken => {
                return Err(Failure::bad_input(format!("the stack {name} is there already"))
                    .hint("to bring it to this version, or to change its parameters: power-tuner upgrade")
                    .hint("to deploy another one beside it: --stack NAME"));
            }
            Way::Declined => {
                console.say("nothing was deployed");
                return Ok(Exit::Done);
            }
        }
    }
    console.say(format_args!(
        "power-tuner {} for {}, as the stack {name}",
        package.manifest.version,
        ::package::name(package.manifest.architecture)
    ));
    let parameters = parameters::all(given, &package, &bucket.name, Before::Nothing);
    let wanted = Wanted { stack: name, template: Template::Text(package.template()), parameters, is_new: true };
    let Some(change_set) = change::create(&account, wanted).await? else {
        return Err(Failure::other(format!("AWS says that the stack {name} would have no resources")));
    };
    let set = given.clone();
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
        question: "Deploy it?",
        declined: "nothing was deployed",
        doing: "deploying power-tuner",
        after_failure: format!("when that is put right, run this again: it removes what is left of the stack {name}"),
    };
    carry_out(&plan, &arguments.how, words).await
}

/// The words for a change of a stack.
pub struct Words {
    /// The question before it.
    pub question: &'static str,
    /// What is said if the answer is no.
    pub declined: &'static str,
    /// What is being done.
    pub doing: &'static str,
    /// The hint if it fails.
    pub after_failure: String,
}

/// Shows a plan, asks, executes it, and says what can be done then.
pub async fn carry_out(plan: &Plan<'_>, how: &How, words: Words) -> Result<Exit, Failure> {
    let console = how.console();
    plan.show(how.plan()).await;
    if !stack::is_wanted(how.yes, words.question) {
        plan.change_set.discard().await?;
        console.say(words.declined);
        return Ok(Exit::Done);
    }
    let executed = plan.execute(words.doing, console).await.map_err(|failure| failure.hint(words.after_failure))?;
    match executed {
        Exit::Done => ready(plan.account, plan.stack, console).await,
        interrupted => Ok(left(plan.stack, interrupted, console)),
    }
}

/// Says that the following was interrupted, and how to see the end.
pub fn left(name: &str, exit: Exit, console: Console) -> Exit {
    console.say(format_args!("interrupted; AWS goes on to change the stack {name}"));
    console.hint("to see how it ends: power-tuner doctor");
    exit
}

/// What there is where a stack is to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing, or nothing any more.
    Free,
    /// A stack.
    Taken,
    /// What an earlier attempt has left, which the user does not want removed.
    Declined,
}

/// Removes what an earlier attempt has left under the name of the stack.
pub async fn make_way(account: &Account, found: &Found, is_sure: bool, console: Console) -> Result<Way, Failure> {
    let name = &found.name;
    match found.standing() {
        Standing::Empty => {
            console.say(format_args!("an earlier attempt has left the stack {name} without resources: it is used"));
            Ok(Way::Free)
        }
        Standing::Failed => {
            console.say(format_args!("an earlier attempt has failed, and left the stack {name} ({})", found.status));
            if !stack::is_wanted(is_sure, &format!("Delete the stack {name} first?")) {
                return Ok(Way::Declined);
            }
            delete(account, &found.id, &format!("deleting the stack {name}"), console).await?;
            Ok(Way::Free)
        }
        Standing::Deployed | Standing::Stuck | Standing::Busy => Ok(Way::Taken),
    }
}

/// Deletes a stack, by its ARN, and follows that to its end.
pub async fn delete(account: &Account, id: &str, doing: &str, console: Console) -> Result<Exit, Failure> {
    let mut follower = Follower::new(account, id, 0, console).await?;
    account.cloudformation().delete_stack().stack_name(id).send().await.map_err(|error| {
        crate::account::Call { to: "delete the stack", action: "cloudformation:DeleteStack", on: id }.failed(&error)
    })?;
    follower.until_the_end(doing).await
}

/// Says what can be done now, and writes the outputs of the stack.
async fn ready(account: &Account, name: &str, console: Console) -> Result<Exit, Failure> {
    stack::write_outputs(account, name).await?;
    let named = if name == "power-tuner" { String::new() } else { format!(" --stack {name}") };
    console.hint(format_args!("to tune a function: power-tuner tune FUNCTION --power-values AUTO{named}"));
    Ok(Exit::Done)
}
