//! How the pages look, and the policy that lets nothing else in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

pub(super) const STYLE: &str = "
:root{--ink:#1d2330;--paper:#fff;--soft:#f2f4f8;--line:#c9d0dc;--bank:#3b4cca;--focus:#9a5b00}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf2;--paper:#171b24;--soft:#222836;--line:#46506a;--bank:#8ea0ff;--focus:#f2b866}}
*{box-sizing:border-box}
body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--soft)}
.redsys{--bank:#b3372b}.ceca{--bank:#00695c}.elavon{--bank:#a3182f}.paypal,.paypal-nvp{--bank:#1f4fa3}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;padding:1rem 1.5rem;color:#fff;background:#232a3a;border-bottom:.4rem solid var(--bank)}
main{width:min(46rem,100% - 1.5rem);margin:1.5rem auto;padding:1.5rem;background:var(--paper);border:1px solid var(--line);border-radius:.75rem}
.wide main{width:min(75rem,100% - 1.5rem)}
@media(max-width:36rem){main{margin:.75rem auto;padding:1rem}}
h1{margin:0 0 1rem;font-size:1.5rem}h2{margin:2rem 0 .5rem;font-size:1.15rem}nav{float:right}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}
.amount{font-size:1.4rem;font-weight:700}
button,.button,select,input{font:inherit;max-width:100%;padding:.5rem .9rem;border:1px solid var(--line);border-radius:.5rem;background:var(--soft);color:inherit}
button,.button{cursor:pointer;display:inline-block;text-decoration:none}
button.pay{width:100%;padding:.8rem;font-weight:700;color:#fff;background:#14683b;border-color:#14683b}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
fieldset{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;border:1px solid var(--line);border-radius:.5rem}
.others,.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
table{width:100%;border-collapse:collapse}th,td{padding:.4rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:break-word}
.scroll{overflow-x:auto}.books td{white-space:nowrap}#own{width:6rem}
pre{overflow:auto;max-height:26rem;padding:.75rem;background:var(--soft);border-radius:.5rem;white-space:pre-wrap;overflow-wrap:anywhere}
a{color:inherit}
";

/// Nothing from elsewhere, and only this page's own style and script. A form goes to this server, which sends the browser on
/// to the shop: browsers hold redirects to `form-action` too, and shops stand on this machine or behind https.
pub(super) fn policy(script: Option<&str>) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    let script = script.map(|script| format!("script-src {}; ", hash(script))).unwrap_or_default();
    format!(
        "default-src 'none'; style-src {}; {script}form-action 'self' http://127.0.0.1:* http://localhost:* https:; \
         base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE)
    )
}
