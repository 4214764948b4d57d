//! The stack with metric filters, alarms and the dashboard.

use crate::{
    account::{Account, Place},
    arguments::How,
    commands::deploy::{self, Way},
    console::Console,
    exit::Exit,
    failure::Failure,
    stack::{
        bucket::Bucket,
        change::{self, LONGEST_TEMPLATE, Template, Wanted},
        follow,
        found::{self, Found},
        identity::Identity,
        is_wanted, long_template, plan, write_outputs,
    },
};

/// Creates the stack, or changes it to the template.
pub async fn deploy(place: &Place, account: &Account, name: &str, template: &str, how: &How) -> Result<Exit, Failure> {
    let console = how.console();
    let identity = Identity::ask(account).await?;
    console.say(account.told(place, None, &format!("::::{}", identity.account)));
    let is_new = match found::stack(account, name).await? {
        None => true,
        Some(found) => {
            check(&found)?;
            match deploy::make_way(account, &found, how.yes, console).await? {
                Way::Free => true,
                Way::Taken => false,
                Way::Declined => {
                    console.say("nothing was deployed");
                    return Ok(Exit::Done);
                }
            }
        }
    };
    let change_set = if template.len() > LONGEST_TEMPLATE {
        let bucket = Bucket::new(account, &identity, None);
        Box::pin(long_template::create(&bucket, account, name, template, is_new, console)).await?
    } else {
        let template = Template::Text(template);
        change::create(account, Wanted { stack: name, template, parameters: Vec::new(), is_new }).await?
    };
    let Some(change_set) = change_set else {
        console.say(format_args!("nothing is to be changed: the stack {name} is as it would be"));
        return Ok(Exit::Done);
    };
    how.plan().say(plan::changes(&change_set.changes).join("\n"));
    if !is_wanted(how.yes, "Deploy it?") {
        change_set.discard().await?;
        console.say("nothing was deployed");
        return Ok(Exit::Done);
    }
    match follow::execute(account, &change_set, "deploying the monitoring", console).await? {
        Exit::Done => {
            write_outputs(account, name).await?;
            Ok(Exit::Done)
        }
        interrupted => Ok(left(name, interrupted, console)),
    }
}

/// Deletes the stack.
pub async fn remove(place: &Place, account: &Account, name: &str, how: &How) -> Result<Exit, Failure> {
    let console = how.console();
    let identity = Identity::ask(account).await?;
    console.say(account.told(place, None, &format!("::::{}", identity.account)));
    let Some(found) = found::stack(account, name).await? else {
        return Err(Failure::bad_input(format!("there is no stack {name} in {}", account.region))
            .hint("check --name, the region and the account"));
    };
    check(&found)?;
    how.plan().say(format_args!("the stack {name} is deleted ({})", found.id));
    if !is_wanted(how.yes, "Remove it?") {
        console.say("nothing was removed");
        return Ok(Exit::Done);
    }
    match deploy::delete(account, &found.id, &format!("deleting the stack {name}"), console).await? {
        Exit::Done => {
            console.say(format_args!("the stack {name} was deleted"));
            Ok(Exit::Done)
        }
        interrupted => Ok(left(name, interrupted, console)),
    }
}

/// Fails if nothing can be done with the stack now, or if it is something else.
fn check(found: &Found) -> Result<(), Failure> {
    found.check_quiet()?;
    if found.is_monitoring() {
        return Ok(());
    }
    Err(Failure::bad_input(format!("the stack {} was not made by power-tuner monitor: it was left alone", found.name))
        .hint("give another name: --name NAME"))
}

/// Says that the following was interrupted, and how to see the end.
fn left(name: &str, exit: Exit, console: Console) -> Exit {
    console.say(format_args!("interrupted; AWS goes on to change the stack {name}"));
    console.hint("to see how it ends: the events of the stack in the AWS console");
    exit
}
