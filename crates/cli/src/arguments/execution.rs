//! The name of an execution, as people have it at hand.

use percent_encoding::percent_decode_str;

/// The ARN that a page of the AWS console shows, or the text as it is: the page's address ends with
/// `#/v2/executions/details/ARN` or `#/executions/details/ARN`, the ARN percent-encoded or not.
pub fn execution(text: &str) -> String {
    let text = text.trim();
    match text.split_once("/executions/details/") {
        Some((page, arn)) if page.starts_with("http") => {
            let arn = arn.split(['?', '&']).next().unwrap_or(arn);
            percent_decode_str(arn).decode_utf8_lossy().into_owned()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_console_page_stands_for_its_execution() {
        let arn = "arn:aws:states:eu-west-1:123456789012:execution:tuner:run-1";
        let console = "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#";
        for text in [
            arn.to_owned(),
            format!(" {arn}\n"),
            format!("{console}/v2/executions/details/{arn}"),
            format!("{console}/executions/details/{arn}?statusFilter=RUNNING"),
            format!("{console}/v2/executions/details/{}", arn.replace(':', "%3A")),
        ] {
            assert_eq!(execution(&text), arn);
        }
        assert_eq!(execution("run-1"), "run-1");
    }
}
