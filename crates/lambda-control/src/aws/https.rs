//! How AWS is reached.

use std::time::Duration;

use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};

/// How long connecting may take, as in the SDK's own client. Answers may take as long as Lambda does.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// One connector for all services, roles and regions. Left to itself, every client makes its own, and reads the root
/// certificates of the system twice for it: once to check that they are there.
///
/// They are read now, before the first invocation: Lambda gives a starting function more CPU than its memory size does.
pub(super) fn connector() -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    SharedHttpConnector::new(connector.build())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_build_leaves_out_the_jitter_that_the_first_tls_call_would_wait_for() {
        // Cargo sets it for the build script of the TLS library and for the compiler alike: .cargo/config.toml says why.
        assert_eq!(option_env!("AWS_LC_SYS_NO_JITTER_ENTROPY"), Some("1"));
    }
}
