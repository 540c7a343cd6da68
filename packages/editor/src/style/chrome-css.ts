/** What everything around the text looks like. */
export const chromeCss = /* css */ `
.cometpad {
  position: relative;
  box-sizing: border-box;
  display: flex;
  flex-direction: column;
  block-size: 100%;
  min-block-size: 12rem;
  background: var(--_surface);
  text-align: start;
}
.cometpad-scroll { flex: 1; min-block-size: 0; overflow: auto; overscroll-behavior: contain; }
.cometpad-bar {
  flex: none;
  display: flex;
  align-items: flex-start;
  gap: 12px;
  padding: 4px max(8px, env(safe-area-inset-left));
  border-block-end: 1px solid var(--_border);
}
.cometpad-bar[hidden] { display: none; }
.cometpad-toolbar { flex: 1; min-inline-size: 0; display: flex; align-items: flex-start; }
.cometpad-tools { flex: 1; min-inline-size: 0; display: flex; flex-wrap: wrap; row-gap: 4px; block-size: var(--_tool); overflow: clip; overflow-clip-margin: 4px; }
.cometpad-toolbar[data-unfolded] .cometpad-tools { block-size: auto; }
.cometpad-group { position: relative; display: flex; gap: 1px; padding-inline-end: 7px; margin-inline-end: 6px; }
.cometpad-group:not(:last-child)::after { content: ""; position: absolute; inset-block: 9px; inset-inline-end: 0; border-inline-end: 1px solid var(--_border); }
.cometpad-group[data-clipped] { visibility: hidden; }
.cometpad-tool, .cometpad-people {
  all: unset;
  box-sizing: border-box;
  display: inline-flex;
  align-items: center;
  justify-content: center;
  block-size: var(--_tool);
  min-inline-size: var(--_tool);
  border-radius: var(--_radius);
  cursor: pointer;
  color: var(--_muted);
  font: 500 0.875rem/1 var(--_font);
  -webkit-tap-highlight-color: transparent;
}
.cometpad-tool[hidden], .cometpad-people[hidden] { display: none; }
.cometpad-tool:hover, .cometpad-people:hover { background: var(--_hover); color: var(--_text); }
.cometpad-tool[aria-pressed="true"] { background: var(--_accent-soft); color: var(--_accent); }
.cometpad-tool[aria-expanded="true"] { background: var(--_hover); color: var(--_text); }
.cometpad-tool[aria-disabled="true"] { opacity: 0.4; cursor: default; background: none; }
.cometpad-block-button { min-inline-size: 8.25rem; justify-content: space-between; padding-inline: 10px 4px; color: var(--_text); }
.cometpad :focus-visible:not(.cometpad-content, .cometpad-li), .cometpad-piece :focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
.cometpad-icon { inline-size: 20px; block-size: 20px; flex: none; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.cometpad-icon-bold { stroke-width: 2.25; }
.cometpad-icon-bullet, .cometpad-icon-more { stroke-width: 2; }
.cometpad-icon-chevron { inline-size: 18px; block-size: 18px; }

.cometpad-panel, .cometpad-tip { position: fixed; inset: auto; margin: 0; }
.cometpad-panel {
  box-sizing: border-box;
  padding: 5px;
  border: 1px solid var(--_border);
  border-radius: calc(var(--_radius) + 3px);
  background: var(--_raised);
  color: var(--_text);
  box-shadow: var(--_shadow);
  max-block-size: min(70vh, 30rem);
  overflow: auto;
}
.cometpad-item {
  all: unset;
  box-sizing: border-box;
  display: flex;
  align-items: center;
  gap: 8px;
  inline-size: 100%;
  padding: 6px 10px 6px 6px;
  border-radius: 6px;
  cursor: pointer;
  font: 400 0.9375rem/1.3 var(--_font);
}
.cometpad-item:hover, .cometpad-item:focus-visible { background: var(--_hover); }
.cometpad .cometpad-item:focus-visible { outline-offset: -2px; }
.cometpad-item > span { flex: 1; }
.cometpad-item > kbd { margin-inline-start: 20px; color: var(--_muted); font: 400 0.75rem/1 var(--_font); }
.cometpad-item > svg { inline-size: 16px; block-size: 16px; color: var(--_accent); visibility: hidden; }
.cometpad-item[aria-checked="true"] > svg { visibility: visible; }
.cometpad-item-h1 > span { font-size: 1.2em; font-weight: 700; }
.cometpad-item-h2 > span { font-size: 1.1em; font-weight: 650; }
.cometpad-item-h3 > span { font-weight: 650; }

.cometpad-tip {
  padding: 5px 8px;
  border: 0;
  border-radius: 6px;
  max-inline-size: 18rem;
  background: light-dark(#24282f, #3a3e46);
  color: #fff;
  font: 500 0.75rem/1.4 var(--_font);
  pointer-events: none;
}

.cometpad-status { flex: none; display: flex; align-items: center; gap: 12px; block-size: var(--_tool); padding-inline-end: 4px; }
.cometpad-save { display: inline-flex; align-items: center; gap: 7px; color: var(--_muted); font: 400 0.8125rem/1.3 var(--_font); white-space: nowrap; outline: none; cursor: default; }
.cometpad-save-dot { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--_muted); flex: none; }
.cometpad-save[data-state="saved"] .cometpad-save-dot { background: var(--_good); }
.cometpad-save[data-state="saving"] .cometpad-save-dot, .cometpad-save[data-state="connecting"] .cometpad-save-dot { background: var(--_accent); animation: cometpad-breathe 1.4s ease-in-out infinite; }
.cometpad-save[data-state="offline"] { color: var(--_warn); }
.cometpad-save[data-state="offline"] .cometpad-save-dot { background: var(--_warn); }
.cometpad-save[data-state="stopped"] { color: var(--_danger); }
.cometpad-save[data-state="stopped"] .cometpad-save-dot { background: var(--_danger); }
@keyframes cometpad-breathe { 50% { opacity: 0.25; } }

.cometpad-connection { display: inline-flex; }
.cometpad-light { all: unset; box-sizing: border-box; display: inline-grid; place-items: center; inline-size: 28px; block-size: 28px; border-radius: var(--_radius); cursor: pointer; -webkit-tap-highlight-color: transparent; }
.cometpad-light:hover, .cometpad-light[aria-expanded="true"] { background: var(--_hover); }
.cometpad-light-bars { display: flex; align-items: flex-end; gap: 2px; block-size: 12px; }
.cometpad-light-bar { inline-size: 3px; border-radius: 1px; background: var(--_border); }
.cometpad-light-bar:nth-child(1) { block-size: 5px; }
.cometpad-light-bar:nth-child(2) { block-size: 8.5px; }
.cometpad-light-bar:nth-child(3) { block-size: 12px; }
.cometpad-connection[data-light="ws"] .cometpad-light-bar, .cometpad-connection[data-light="stream"] .cometpad-light-bar:nth-child(-n + 2) { background: var(--_good); }
.cometpad-connection[data-light="poll"] .cometpad-light-bar:nth-child(1) { background: var(--_warn); }
.cometpad-light-panel { inline-size: max-content; max-inline-size: min(20rem, calc(100vw - 16px)); padding: 12px 14px; font: 400 0.875rem/1.45 var(--_font); }
.cometpad-light-panel > strong { font-weight: 650; }
.cometpad-light-panel > p { margin: 4px 0 10px; color: var(--_muted); }
.cometpad-light-panel > a { color: var(--_accent); font-weight: 550; }

.cometpad-people { padding: 2px; min-inline-size: 0; border-radius: 999px; }
.cometpad-avatar {
  box-sizing: border-box;
  display: inline-grid;
  place-items: center;
  inline-size: 30px;
  block-size: 30px;
  border: 2px solid var(--_surface);
  border-radius: 50%;
  background: var(--_person, var(--_muted));
  color: #fff;
  font: 650 0.6875rem/1 var(--_font);
  letter-spacing: 0.02em;
  user-select: none;
}
.cometpad-avatar + .cometpad-avatar { margin-inline-start: -8px; }
.cometpad-rest { background: var(--_hover); color: var(--_text); }
.cometpad-people-list { list-style: none; min-inline-size: 11rem; }
.cometpad-people-list > li { display: flex; align-items: center; gap: 9px; padding: 5px 10px 5px 5px; font: 400 0.9375rem/1.3 var(--_font); }
.cometpad-people-list .cometpad-avatar { border: 0; inline-size: 26px; block-size: 26px; }

.cometpad-notice { flex: none; padding: 10px 16px; background: var(--_danger-soft); color: var(--_danger); font: 500 0.9375rem/1.45 var(--_font); }
.cometpad-notice[hidden] { display: none; }
.cometpad-notice .cometpad-button { margin-inline-start: 10px; padding-block: 4px; border-color: currentcolor; color: inherit; }

.cometpad-aside { flex: none; max-block-size: 60%; overflow: auto; }
.cometpad-kept, .cometpad-said { padding: 12px 16px; border-block-end: 1px solid var(--_border); background: var(--_raised); color: var(--_text); font: 400 0.9375rem/1.45 var(--_font); }
.cometpad-kept-why, .cometpad-said { margin: 0; font-weight: 550; }
.cometpad-said { display: flex; align-items: center; justify-content: space-between; gap: 12px; }
.cometpad-kept-text { max-block-size: 30vh; margin-block: 10px; padding: 10px 12px; overflow: auto; border: 1px solid var(--_border); border-radius: var(--_radius); background: var(--_surface); white-space: pre-wrap; overflow-wrap: anywhere; }
.cometpad-kept-text > p { margin: 0 0 0.6em; }
.cometpad-kept-text > p:last-child { margin-block-end: 0; }
.cometpad-kept-text mark { background: var(--_accent-soft); color: inherit; border-radius: 3px; box-decoration-break: clone; padding-inline: 2px; }
.cometpad-kept-tools { display: flex; flex-wrap: wrap; gap: 8px; }

.cometpad-button {
  all: unset;
  box-sizing: border-box;
  padding: 8px 14px;
  border: 1px solid var(--_border);
  border-radius: var(--_radius);
  cursor: pointer;
  font: 550 0.875rem/1.3 var(--_font);
}
.cometpad-button[hidden] { display: none; }
.cometpad-button:hover { background: var(--_hover); }
.cometpad-primary { border-color: transparent; background: var(--_accent); color: var(--_on-accent); }
.cometpad-primary:hover { background: color-mix(in srgb, var(--_accent) 88%, black); }
.cometpad-hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

@media (pointer: coarse) {
  .cometpad, .cometpad-piece { --_tool: var(--cometpad-toolbar-height, 44px); }
  .cometpad-light { inline-size: 44px; block-size: 44px; }
  .cometpad-item { padding-block: 10px; }
}
@media (prefers-reduced-motion: reduce) {
  .cometpad-save-dot { animation: none !important; }
}
@media (forced-colors: active) {
  .cometpad-tool[aria-pressed="true"] { outline: 2px solid Highlight; outline-offset: -2px; }
  .cometpad-tip { border: 1px solid CanvasText; }
  .cometpad-avatar { border-color: CanvasText; }
  .cometpad-light-bar { forced-color-adjust: none; }
}
@media print {
  .cometpad { display: block; block-size: auto; color: #000; background: none; }
  .cometpad-bar, .cometpad-notice, .cometpad-piece { display: none !important; }
  .cometpad-scroll { overflow: visible; }
}
`
