//! How the page looks: every view at two widths, light and dark, kept as pictures; nothing hangs over the edge, every text
//! can be read against what is behind it, everything that can be used has a name.

use super::support::{picture, site_and_browser};

const WIDTHS: [u32; 2] = [390, 1280];
const THEMES: [&str; 2] = ["light", "dark"];

/// How far the content hangs over the window, in pixels.
const OVERHANG: &str = "return document.documentElement.scrollWidth - window.innerWidth";

/// Things to use without a name for those who listen.
const NAMELESS: &str = "
    const named = (n) => (n.getAttribute('aria-label') ?? '').trim() || n.innerText?.trim() || n.labels?.length || n.title;
    return [...document.querySelectorAll('a[href], button, input, select, summary, [role=group], [role=img], nav, section')]
        .filter((n) => n.checkVisibility() && !named(n)).map((n) => n.outerHTML.slice(0, 120));
";

/// Texts whose contrast is under what people with weak eyes need: 4.5, or 3 where they are large.
const PALE: &str = "
    const parse = (c) => { const m = c.match(/[0-9.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] ?? 1 }; };
    const light = (rgb) => {
        const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (n) => {
        for (let at = n; at; at = at.parentElement) {
            const c = parse(getComputedStyle(at).backgroundColor);
            if (c.a === 1) return c.rgb;
        }
        return [255, 255, 255];
    };
    const pale = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
        const at = n.parentElement;
        if (!n.data.trim() || at.closest('noscript, .sr, .skip, [disabled], .span, option') || !at.checkVisibility()) continue;
        const style = getComputedStyle(at);
        const own = parse(at.namespaceURI.endsWith('svg') ? style.fill : style.color).rgb;
        const [a, b] = [light(own), light(behind(at))].sort((x, y) => y - x);
        const size = parseFloat(style.fontSize);
        const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
        if ((a + 0.05) / (b + 0.05) < least) pale.add(`${n.data.trim().slice(0, 30)}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
    }
    return [...pale];
";

/// Height of the content, up to what a picture should have.
const HEIGHT: &str = "return Math.min(2400, Math.max(900, document.documentElement.scrollHeight))";

#[test]
fn every_view_fits_and_can_be_read_at_two_widths_in_light_and_dark() {
    let name = "every_view_fits_and_can_be_read_at_two_widths_in_light_and_dark";
    let Some((site, browser)) = site_and_browser(name) else { return };
    let mut faults = Vec::new();
    for (view, address) in site.views().into_iter().chain(site.more_views()) {
        for (width, theme) in WIDTHS.into_iter().flat_map(|width| THEMES.map(|theme| (width, theme))) {
            browser.look(width, 900, theme);
            site.show(&browser, &address);
            let told = |what: &str, found: &serde_json::Value| format!("{view} at {width} in {theme}: {what}: {found}");
            let overhang = browser.run(OVERHANG, &[]);
            if overhang.as_i64() > Some(0) {
                faults.push(told("pixels over the edge", &overhang));
            }
            for (what, script) in [("without a name", NAMELESS), ("too pale", PALE)] {
                let found = browser.run(script, &[]);
                if found.as_array().is_some_and(|list| !list.is_empty()) {
                    faults.push(told(what, &found));
                }
            }
            faults.extend(browser.faults().into_iter().map(|said| format!("{view}: the console says {said}")));
            let height = browser.run(HEIGHT, &[]).as_u64().and_then(|h| u32::try_from(h).ok()).unwrap_or(900);
            browser.look(width, height, theme);
            browser.screenshot(&picture(&format!("{view}-{width}-{theme}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
