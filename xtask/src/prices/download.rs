//! Downloading price list files. They are public: no credentials are needed.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, anyhow, ensure};
use rustls::crypto::aws_lc_rs;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::price_list::PriceList;

/// Where each partition has its price list files.
const PARTITIONS: [&str; 2] = [
    "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws",
    "https://pricing.cn-north-1.amazonaws.com.cn/offers/v1.0/cn",
];
/// The offer codes of Lambda and Step Functions.
const OFFERS: [&str; 2] = ["AWSLambda", "AmazonStates"];
/// More than a file of all regions has, which is a few MB.
const LARGEST_FILE: u64 = 200_000_000;
/// The longest time that a file may take.
const TIME_LIMIT: Duration = Duration::from_mins(5);
/// The advice for where AWS cannot be reached.
const HINT: &str = "hint: download the files elsewhere, then cargo xtask prices --from DIRECTORY";

/// The price list file of each offer in each partition, with all of its regions.
pub(super) fn all() -> Result<Vec<PriceList>> {
    let agent = agent()?;
    let mut lists = Vec::new();
    for partition in PARTITIONS {
        for offer in OFFERS {
            let url = format!("{partition}/{offer}/current/index.json");
            eprintln!("  {url}");
            let json = get(&agent, &url).map_err(|error| anyhow!("failed to download {url}: {error:#}\n{HINT}"))?;
            lists.push(PriceList::parse(&url, &json)?);
        }
    }
    Ok(lists)
}

fn get(agent: &Agent, url: &str) -> Result<String> {
    Ok(agent.get(url).call()?.body_mut().with_config().limit(LARGEST_FILE).read_to_string()?)
}

/// A client that trusts what the machine trusts, with the TLS implementation that the AWS SDK has anyway.
fn agent() -> Result<Agent> {
    let native = rustls_native_certs::load_native_certs();
    ensure!(!native.certs.is_empty(), "this machine has no root certificates: {:?}", native.errors);
    let roots = native.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = Agent::config_builder().https_only(true).timeout_global(Some(TIME_LIMIT)).tls_config(tls.build());
    Ok(config.build().new_agent())
}
