//! Who deploys.

use crate::{
    account::{Account, Call},
    failure::Failure,
};

/// The account of the credentials.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its number.
    pub account: String,
    /// `aws`, or what the regions of China and of governments have in ARNs.
    pub partition: String,
}

impl Identity {
    /// Asks AWS.
    pub async fn ask(account: &Account) -> Result<Self, Failure> {
        let who = account.sts().get_caller_identity().send().await.map_err(|error| {
            Call { to: "ask AWS who you are", action: "sts:GetCallerIdentity", on: "*" }.failed(&error)
        })?;
        let partition = who.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws").to_owned();
        match who.account {
            Some(account) => Ok(Self { account, partition }),
            None => Err(Failure::other("AWS does not say which account your credentials are of")),
        }
    }
}
