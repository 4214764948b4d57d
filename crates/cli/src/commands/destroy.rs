//! `power-tuner destroy`: removes a deployment, so that nothing is left.

use ::package::BUCKET;

use super::deploy::{delete, left};
use crate::{
    account::{Account, Place},
    arguments::Destroy,
    console::Console,
    exit::Exit,
    failure::Failure,
    left_locked,
    stack::{
        self,
        bucket::{Bucket, State},
        found::{self, Found},
        identity::Identity,
        runs,
    },
};

/// Removes it.
pub async fn run(place: &Place, arguments: &Destroy) -> Result<Exit, Failure> {
    let (console, name) = (arguments.how.console(), arguments.stack.name.as_str());
    stack::can_ask(arguments.how.yes, "nothing was removed")?;
    let account = Account::connect(place).await?;
    let identity = Identity::ask(&account).await?;
    console.say(account.told(place, None, &format!("::::{}", identity.account)));
    let Some(found) = found::stack(&account, name).await? else {
        return without_stack(&account, &identity, name, arguments).await;
    };
    found.check_quiet()?;
    found.check_ours()?;
    if let Some(state_machine) = found.state_machine() {
        runs::check_none(&account, state_machine, "removing power-tuner").await?;
        check_functions(&account, state_machine, console).await?;
    }
    let bucket = found.parameter(BUCKET).map(|name| Bucket::new(&account, &identity, Some(name)));
    let (bucket, kept) = removable(&account, &found.id, bucket).await?;
    let mut said = vec![format!("the stack {name} is deleted ({})", found.id)];
    said.extend(bucket.iter().map(|bucket| format!("the bucket {} is deleted with all that is in it", bucket.name)));
    said.extend(kept);
    arguments.how.plan().say(said.join("\n"));
    if !stack::is_wanted(arguments.how.yes, "Remove it?") {
        console.say("nothing was removed");
        return Ok(Exit::Done);
    }
    let deleted = delete(&account, &found.id, &format!("deleting the stack {name}"), console).await?;
    if deleted != Exit::Done {
        return Ok(left(name, deleted, console));
    }
    console.say(format_args!("the stack {name} was deleted"));
    remove(bucket, console).await
}

/// Removes what is left if the stack is gone, or was interrupted before its bucket was removed.
async fn without_stack(
    account: &Account,
    identity: &Identity,
    name: &str,
    arguments: &Destroy,
) -> Result<Exit, Failure> {
    let (bucket, _) = removable(account, name, Some(Bucket::new(account, identity, None))).await?;
    let Some(bucket) = bucket else {
        return Err(Failure::bad_input(format!("there is no stack {name} in {}", account.region))
            .hint("check --stack, the region and the account: power-tuner doctor says what is deployed"));
    };
    arguments.how.plan().say(format_args!(
        "there is no stack {name}, but the bucket {} is still there: it is deleted with all that is in it",
        bucket.name
    ));
    if !stack::is_wanted(arguments.how.yes, "Remove it?") {
        arguments.how.console().say("nothing was removed");
        return Ok(Exit::Done);
    }
    remove(Some(bucket), arguments.how.console()).await
}

async fn remove(bucket: Option<Bucket<'_>>, console: Console) -> Result<Exit, Failure> {
    if let Some(bucket) = bucket {
        bucket.remove().await.map_err(|failure| failure.hint("run this again: it goes on where it was"))?;
        console.say(format_args!("the bucket {} was deleted", bucket.name));
    }
    Ok(Exit::Done)
}

/// Fails if a run has left a function locked: without the Cleaner nothing would put it back.
async fn check_functions(account: &Account, state_machine: &str, console: Console) -> Result<(), Failure> {
    let left = match left_locked::find(account, state_machine).await {
        Ok(left) => left,
        Err(failure) => {
            console.warn(format_args!("what runs have left on functions is not known: {}", failure.what));
            return Ok(());
        }
    };
    if left.functions.is_empty() {
        return Ok(());
    }
    let functions: String =
        left.functions.iter().map(|function| format!("\n  {function}")).collect::<Vec<_>>().concat();
    let what = format!("runs that are over have left their lock, which only a deployment can undo:{functions}");
    let failure = Failure::other(what).hint("put each right first: power-tuner clean FUNCTION");
    Err(failure.hint("or, to leave it as it is now, delete its alias power-tuning-lock"))
}

/// The bucket, if this program has created it and nothing else needs it; or else what is to be said of it.
async fn removable<'a>(
    account: &Account,
    stack: &str,
    bucket: Option<Bucket<'a>>,
) -> Result<(Option<Bucket<'a>>, Option<String>), Failure> {
    let Some(bucket) = bucket else { return Ok((None, None)) };
    match bucket.state().await? {
        State::Absent => return Ok((None, None)),
        State::Theirs => {
            let kept = format!("the bucket {} stays: power-tuner did not create it", bucket.name);
            return Ok((None, Some(kept)));
        }
        State::Ours => {}
    }
    let others = found::all(account).await?;
    let is_other = |other: &&Found| other.id != stack && other.parameter(BUCKET) == Some(&bucket.name);
    match others.iter().find(is_other) {
        None => Ok((Some(bucket), None)),
        Some(other) => {
            let kept = format!("the bucket {} stays: the stack {} uses it, too", bucket.name, other.name);
            Ok((None, Some(kept)))
        }
    }
}
