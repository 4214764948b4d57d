//! Roles: the local AWS lets whoever has one do what its policies allow, and nothing else.

use aws_sdk_iam::{error::SdkError, operation::create_role::CreateRoleError};
use serde_json::{Value, json};

use crate::Aws;

/// The account of the deployment.
const HOME: &str = "000000000000";

impl Aws {
    /// The names of all roles in the account of `lambda`.
    pub async fn roles(&self) -> Vec<String> {
        let roles = self.iam.list_roles().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        roles.expect("roles are listed").into_iter().map(|role| role.role_name).collect()
    }

    /// The role of functions that are tuned. It allows nothing.
    pub(crate) async fn role_of_functions(&self) -> String {
        self.role("end-to-end", json!({"Service": "lambda.amazonaws.com"})).await
    }

    /// A role in the account of `lambda` that the deployment may assume, and that allows all that is done to a
    /// function.
    pub async fn role_to_assume(&self, name: &str) -> String {
        let name = format!("end-to-end-{name}");
        let arn = self.role(&name, json!({"AWS": format!("arn:aws:iam::{HOME}:root")})).await;
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["lambda:*", "logs:FilterLogEvents"], "Resource": "*"
        }]});
        let put = self.iam.put_role_policy().role_name(name).policy_name("tune").policy_document(policy.to_string());
        put.send().await.expect("the role gets a policy");
        arn
    }

    /// Creates a role, unless a test before has.
    async fn role(&self, name: &str, trusted: Value) -> String {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"
        }]});
        let created =
            self.iam.create_role().role_name(name).assume_role_policy_document(trust.to_string()).send().await;
        let role = match created.map_err(SdkError::into_service_error) {
            Ok(created) => created.role,
            Err(CreateRoleError::EntityAlreadyExistsException(_)) => {
                self.iam.get_role().role_name(name).send().await.expect("the role exists").role
            }
            Err(error) => panic!("the role {name} is not created: {error:?}"),
        };
        role.expect("it is described").arn
    }
}
