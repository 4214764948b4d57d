//! Light and dark, on a phone, on paper.

use end_to_end::{browser::Look, results::Subject};
use report::Run;
use serde_json::{Value, json};

use crate::visit::{Visit, run};

/// The least contrast of text by WCAG 2.2, level AA.
const LEAST_CONTRAST: f64 = 4.5;
/// Every text with its colour and what is behind it; translucent backgrounds are not used under text.
const TEXTS: &str = "
    const channels = c => c.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = e => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim(), e = walker.currentNode.parentElement;
        if (!text || !e.checkVisibility() || e.closest('script, style, .hidden')) continue;
        const style = getComputedStyle(e);
        const [a, b] = [luminance(channels(e instanceof SVGElement ? style.fill : style.color)), luminance(behind(e))];
        found.push([text, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
    }
    return found;";

fn both() -> Vec<Run> {
    let before = Subject::default();
    let after = Subject { cpu_ms: 640.0, ..before.clone() };
    vec![run(&before.output(), "before the change"), run(&after.output(), "after-a-change-with-a-long-name")]
}

fn one() -> Vec<Run> {
    vec![run(&Subject::default().output(), "")]
}

#[tokio::test]
async fn every_text_is_readable_in_both_schemes() {
    let mut backgrounds = Vec::new();
    let mut visit = Visit::of(one(), Look::DESK).await;
    for (runs, look) in
        [(one(), Look::DESK), (one(), Look::DESK.dark()), (both(), Look::DESK), (both(), Look::DESK.dark())]
    {
        visit.then_of(runs, look).await;
        let texts: Vec<(String, f64)> = serde_json::from_value(visit.browser.run(TEXTS).await).unwrap();
        assert!(texts.len() > 100, "only {} texts were found", texts.len());
        let faint: Vec<_> = texts.iter().filter(|(_, contrast)| *contrast < LEAST_CONTRAST).collect();
        assert!(faint.is_empty(), "{}: {faint:?}", look.scheme);
        backgrounds.push(visit.browser.run("return getComputedStyle(document.body).backgroundColor").await);
    }
    visit.end().await;
    assert_ne!(backgrounds[0], backgrounds[1], "dark is as light as light");
}

#[tokio::test]
async fn on_a_phone_nothing_is_cut_off_and_the_page_does_not_scroll_sideways() {
    let mut visit = Visit::of(one(), Look::PHONE).await;
    for (runs, width) in [(one(), 375), (both(), 375), (both(), 320)] {
        visit.then_of(runs, Look { width, ..Look::PHONE }).await;
        let widths = visit.browser.run("return [document.documentElement.scrollWidth, innerWidth]").await;
        assert_eq!(widths[0], widths[1], "the page is wider than a screen of {width} pixels");
        // What scrolls in itself does not count.
        let script = "return [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, .hidden, svg') && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 80))";
        assert_eq!(visit.browser.run(script).await, json!([]));
    }
    visit.end().await;
}

#[tokio::test]
async fn on_paper_it_is_light_and_without_what_only_works_on_a_screen() {
    let visit = Visit::of(both(), Look { width: 700, media: "print", ..Look::DESK }.dark()).await;
    let widths = visit.browser.run("return [document.documentElement.scrollWidth, innerWidth]").await;
    assert_eq!(widths[0], widths[1], "the page is wider than the paper");
    let background = visit.browser.run("return getComputedStyle(document.body).backgroundColor").await;
    assert_eq!(background, json!("rgb(255, 255, 255)"));
    let visible = "return [...document.querySelectorAll('input[type=range], input[type=checkbox], .readout')].filter(e => e.checkVisibility()).length";
    assert_eq!(visit.browser.run(visible).await, json!(0));
    let pages = visit.browser.print().await;
    assert!(pages.len() > 10_000, "the print has {} bytes", pages.len());
    visit.end().await;
}

#[tokio::test]
async fn the_scale_can_be_logarithmic() {
    let visit = Visit::of(one(), Look::DESK).await;
    let ticks = "return [...document.querySelectorAll('#duration [aria-label=\"y-axis tick label\"] text')].map(t => t.textContent)";
    let linear = visit.browser.run(ticks).await;
    visit.browser.run("document.getElementById('logarithmic').click()").await;
    let logarithmic = visit.browser.run(ticks).await;
    assert_ne!(linear, logarithmic);
    let is_zero = |ticks: &Value| ticks.as_array().unwrap().iter().any(|tick| tick == "0");
    assert!(is_zero(&linear) && !is_zero(&logarithmic), "{linear} {logarithmic}");
    visit.end().await;
}
