// The widget's look. It lives in a shadow root, so neither the page nor the widget can disturb the other.
// Contrast is at least 4.5:1 for text in both themes; targets are at least 44 px.

export const style = `
:host { all: initial; --ink:#1b2430; --soft:#566273; --line:#dfe4ea; --page:#f4f6f8; --panel:#fff; --brand:#0b62c4;
  --brand-ink:#fff; --mine:#d9e9fb; --mine-ink:#10253f; --warn:#a33b00; --ok:#0a6b3d; --focus:#b35c00; --size:15px; }
:host([data-theme=dark]) { --ink:#e8edf3; --soft:#a9b4c2; --line:#38424f; --page:#161b22; --panel:#1f2630; --brand:#6db1ff;
  --brand-ink:#0b1a2b; --mine:#1d4674; --mine-ink:#f1f7ff; --warn:#ffb27d; --ok:#7be0ab; --focus:#ffc46b; }
:host([data-size=large]) { --size:20px; }
* { box-sizing:border-box; }
.root { font:400 var(--size)/1.6 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif; color:var(--ink); }
button, textarea, a { font:inherit; }
:focus-visible { outline:3px solid var(--focus); outline-offset:2px; }
.hidden { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%); white-space:nowrap; }
.launcher { position:fixed; right:20px; bottom:20px; z-index:2147483000; min-width:56px; height:56px; padding:0 20px; border:0; border-radius:28px;
  background:var(--brand); color:var(--brand-ink); font-weight:600; cursor:pointer; box-shadow:0 6px 20px rgba(16,36,64,.28);
  display:flex; align-items:center; gap:8px; }
.launcher svg { width:24px; height:24px; flex:none; }
.unread { background:#b3261e; color:#fff; border-radius:11px; min-width:22px; padding:0 6px; font-size:13px; line-height:22px; text-align:center; }
.panel { position:fixed; right:20px; bottom:20px; z-index:2147483001; width:min(400px,calc(100vw - 40px)); height:min(680px,calc(100vh - 40px));
  display:flex; flex-direction:column; background:var(--panel); border:1px solid var(--line); border-radius:16px; overflow:hidden; box-shadow:0 16px 48px rgba(16,36,64,.25); }
:host([data-size=large]) .panel { width:min(480px,calc(100vw - 40px)); height:min(760px,calc(100vh - 40px)); }
[hidden] { display:none !important; }
.head { display:flex; align-items:center; gap:2px; padding:8px 8px 8px 16px; border-bottom:1px solid var(--line); }
.head h2 { margin:0; font-size:1.07em; flex:1; min-width:0; line-height:1.3; }
.head h2 small { display:block; font-weight:400; font-size:.8em; color:var(--soft); }
.tool { min-width:44px; height:44px; border:0; border-radius:10px; background:none; color:var(--soft); cursor:pointer; padding:0 8px; font-size:14px; white-space:nowrap; }
.tool:hover { background:var(--page); color:var(--ink); }
.tool[aria-pressed=true] { color:var(--brand); font-weight:600; }
.notice { margin:0; padding:8px 16px; background:var(--page); color:var(--warn); font-size:.9em; border-bottom:1px solid var(--line); }
.log { flex:1; overflow-y:auto; overscroll-behavior:contain; padding:16px; background:var(--page); display:flex; flex-direction:column; gap:10px; }
.bubble { max-width:86%; padding:9px 13px; border-radius:14px; background:var(--panel); border:1px solid var(--line); align-self:flex-start; white-space:pre-wrap; overflow-wrap:anywhere; }
.bubble.customer { align-self:flex-end; background:var(--mine); color:var(--mine-ink); border-color:transparent; border-bottom-right-radius:4px; }
.bubble.bot, .bubble.agent { border-bottom-left-radius:4px; }
.bubble.system:not(.lead) { align-self:center; background:none; border:0; color:var(--soft); font-size:.88em; text-align:center; }
.bubble.waiting { opacity:.75; }
.state { align-self:flex-end; margin-top:-6px; color:var(--soft); font-size:.8em; }
.bubble a { color:var(--brand); }
.choices { display:flex; flex-wrap:wrap; gap:8px; max-width:100%; }
.choices button, .quick button { min-height:44px; padding:6px 16px; border:1px solid var(--brand); border-radius:22px; background:var(--panel); color:var(--brand); cursor:pointer; text-align:start; }
.choices button:hover, .quick button:hover { background:var(--brand); color:var(--brand-ink); }
.choices button:disabled { border-color:var(--line); color:var(--soft); background:none; cursor:default; }
.card { width:min(320px,100%); align-self:flex-start; background:var(--panel); border:1px solid var(--line); border-radius:14px; padding:14px 16px; flex:none; }
:host([data-size=large]) .card { width:min(400px,100%); }
.card h3 { margin:0 0 2px; font-size:1em; }
.card .price { margin:2px 0 8px; font-size:1.6em; font-weight:700; line-height:1.25; font-variant-numeric:tabular-nums; }
.card .price small { font-size:.55em; font-weight:400; color:var(--soft); margin-inline-start:8px; }
.allowances { display:flex; flex-wrap:wrap; gap:8px; list-style:none; margin:0 0 10px; padding:0; }
.allowances li { background:var(--page); border-radius:10px; padding:6px 12px; flex:1 1 30%; min-width:72px; }
.allowances strong { display:block; } .allowances span { color:var(--soft); font-size:.85em; }
.rows { margin:0; } .rows div { display:flex; gap:12px; padding:6px 0; border-top:1px solid var(--line); font-size:.93em; }
.rows dt { color:var(--soft); flex:none; min-width:5em; } .rows dd { margin:0; flex:1; overflow-wrap:anywhere; }
.card table { width:100%; border-collapse:collapse; font-size:.93em; }
.card th { text-align:start; font-weight:400; padding:5px 0; border-top:1px solid var(--line); }
.card td { text-align:end; border-top:1px solid var(--line); font-variant-numeric:tabular-nums; white-space:nowrap; }
.chart { width:100%; height:auto; margin:2px 0 8px; } .chart rect { fill:var(--line); } .chart .now rect { fill:var(--brand); }
.chart text { font-size:10px; fill:var(--soft); text-anchor:middle; } .chart .now text { fill:var(--ink); font-weight:600; }
.bucket { margin:10px 0 0; } .bucket-words { display:flex; flex-wrap:wrap; justify-content:space-between; gap:2px 10px; font-size:.93em; } .bucket-words span:last-child { color:var(--soft); }
.meter { height:8px; border-radius:4px; background:var(--line); overflow:hidden; margin-top:4px; } .meter i { display:block; height:100%; background:var(--brand); } .meter.nearly i { background:var(--warn); }
.card img { display:block; max-width:100%; height:auto; margin:6px 0; border-radius:10px; }
.action { display:flex; align-items:center; justify-content:center; min-height:44px; border-radius:22px; background:var(--brand); color:var(--brand-ink); text-decoration:none; font-weight:600; margin-top:6px; }
.status { margin:0 0 8px; color:var(--ok); font-weight:600; } .note { margin:8px 0 0; color:var(--soft); font-size:.82em; }
.typing { display:flex; gap:4px; padding:14px; } .typing i { width:7px; height:7px; border-radius:50%; background:var(--soft); animation:pulse 1.2s infinite; }
.typing i:nth-child(2) { animation-delay:.2s; } .typing i:nth-child(3) { animation-delay:.4s; }
@keyframes pulse { 0%,60%,100% { opacity:.25; } 30% { opacity:1; } }
.name { align-self:flex-start; margin-bottom:-6px; padding-inline-start:4px; color:var(--soft); font-size:.8em; }
.bubble.agent + .name { display:none; }
.useful { display:flex; align-items:center; gap:6px; align-self:flex-start; margin:-10px 0 -6px; color:var(--soft); font-size:.85em; }
.useful button { position:relative; min-width:52px; height:44px; padding:0 12px; border:0; background:none; color:inherit; cursor:pointer; }
.useful button::after { content:""; position:absolute; inset:7px 0; border:1px solid var(--line); border-radius:15px; }
.useful button:hover::after, .useful [aria-pressed=true]::after { border-color:var(--brand); }
.useful [aria-pressed=true] { color:var(--brand); font-weight:600; }
.useful span { margin-inline-start:4px; }
.stars { display:flex; margin:6px -8px 0; }
.stars button { flex:1; min-width:44px; min-height:64px; padding:6px 0; border:0; border-radius:10px; background:none; color:var(--soft); cursor:pointer;
  display:flex; flex-direction:column; align-items:center; gap:4px; font-size:.76em; line-height:1.3; white-space:nowrap; }
.stars svg { width:32px; height:32px; } .stars path { fill:none; stroke:currentColor; stroke-width:1.4; }
.stars .lit, .stars button:enabled:is(:hover, :focus-visible, :has(~ :hover), :has(~ :focus-visible)) { color:var(--focus); }
.stars .lit path, .stars button:enabled:is(:hover, :focus-visible, :has(~ :hover), :has(~ :focus-visible)) path { fill:currentColor; }
.quiet { display:block; min-height:44px; margin:2px auto -8px; padding:0 12px; border:0; background:none; color:var(--soft); text-decoration:underline; text-underline-offset:3px; font-size:.88em; cursor:pointer; }
.asked, .question label { display:block; margin:8px 0 6px; font-size:.93em; }
.chips { display:flex; flex-wrap:wrap; gap:8px; margin:6px 0 10px; }
.chips button { min-height:44px; padding:6px 14px; border:1px solid var(--soft); border-radius:22px; background:none; color:var(--ink); font-size:.93em; cursor:pointer; }
.chips .strong { border-color:var(--brand); color:var(--brand); font-weight:600; }
.chips button:enabled:hover { border-color:var(--brand); color:var(--brand); }
.chips [aria-pressed=true], .chips [aria-pressed=true]:enabled:hover { border-color:var(--brand); background:var(--brand); color:var(--brand-ink); }
.chips [aria-pressed=true]::before { content:"✓ "; }
.question textarea { display:block; width:100%; } .question .note:empty { display:none; }
button.action { width:100%; border:0; cursor:pointer; margin-top:10px; }
.question :disabled { opacity:.55; cursor:default; }
.quick { display:flex; gap:8px; padding:8px 12px 0; flex:none; } .quick button { flex:none; white-space:nowrap; font-size:.93em; } .quick .person { font-weight:600; }
.services { display:flex; gap:8px; min-width:0; margin:-5px; padding:5px; overflow-x:auto; scrollbar-width:none; }
form { display:flex; align-items:flex-end; gap:8px; padding:10px 12px 12px; }
textarea { flex:1; min-width:0; resize:none; min-height:44px; max-height:132px; padding:9px 12px; border:1px solid var(--soft); border-radius:12px; background:var(--panel); color:var(--ink); line-height:1.5; }
textarea::placeholder { color:var(--soft); opacity:1; }
.send { height:44px; padding:0 18px; border:0; border-radius:12px; background:var(--brand); color:var(--brand-ink); font-weight:600; cursor:pointer; white-space:nowrap; }
@media (max-width:480px) {
  .panel, :host([data-size=large]) .panel { inset:0; width:100%; height:100dvh; border:0; border-radius:0; }
  form { padding-bottom:max(12px,env(safe-area-inset-bottom)); } .head { padding-top:max(8px,env(safe-area-inset-top)); }
}
@media (prefers-reduced-motion:reduce) { .typing i { animation:none; } }
@media (forced-colors:active) { .launcher, .send, .action, .bubble { border:1px solid; } }
`;
