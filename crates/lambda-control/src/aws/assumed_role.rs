//! Credentials of a role that the deployment assumes.
//!
//! `aws_config::sts::AssumeRoleProvider` does the same, but can fall back on settings that it looks for everywhere, so that every
//! function would carry all of that along.

use std::time::SystemTime;

use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, error::CredentialsError, future},
};
use aws_sdk_sts::Client;
use aws_types::SdkConfig;
use tuning::arn::RoleArn;

/// What AWS CloudTrail calls the sessions of a role that is assumed.
const SESSION: &str = "power-tuner";

/// A role that the deployment assumes. Whoever has this asks again when the credentials expire.
#[derive(Debug)]
pub(super) struct AssumedRole {
    sts: Client,
    role: RoleArn,
}

impl AssumedRole {
    /// The role, assumed with the deployment's own settings. No call is made yet.
    pub(super) fn new(own: &SdkConfig, role: RoleArn) -> Self {
        Self { sts: Client::new(own), role }
    }

    async fn credentials(&self) -> provider::Result {
        let request = self.sts.assume_role().role_arn(self.role.to_string()).role_session_name(SESSION);
        let answer = request.send().await.map_err(CredentialsError::provider_error)?;
        let given = answer.credentials.ok_or_else(|| CredentialsError::unhandled("STS gave no credentials"))?;
        let expires = SystemTime::try_from(given.expiration).map_err(CredentialsError::unhandled)?;
        let credentials = Credentials::builder()
            .access_key_id(given.access_key_id)
            .secret_access_key(given.secret_access_key)
            .session_token(given.session_token)
            .expiry(expires)
            .provider_name("AssumeRole");
        Ok(credentials.build())
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
