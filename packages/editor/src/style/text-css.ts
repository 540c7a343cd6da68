/** What the text looks like. */
export const textCss = /* css */ `
.cometpad-column {
  position: relative;
  box-sizing: border-box;
  max-inline-size: calc(var(--_width) + 2 * clamp(1rem, 4vw, 2.5rem));
  min-block-size: 100%;
  margin-inline: auto;
  display: flex;
}
.cometpad-content, .cometpad-placeholder {
  box-sizing: border-box;
  padding: clamp(1rem, 4vw, 2.5rem) clamp(1rem, 4vw, 2.5rem) 30vh;
  font-size: 1.0625rem;
  line-height: 1.65;
}
.cometpad-content {
  flex: 1;
  min-inline-size: 0;
  /* The caret shows the focus. */
  outline: none;
  overflow-wrap: break-word;
  white-space: pre-wrap;
  tab-size: 4;
  caret-color: var(--_accent);
}
.cometpad-content > :first-child, .cometpad-container > :first-child { margin-block-start: 0; }
.cometpad-placeholder {
  position: absolute;
  inset: 0;
  pointer-events: none;
  color: var(--_muted);
  opacity: 0.8;
}
.cometpad-cursors { position: absolute; inset: 0; overflow: clip; overflow-clip-margin: 24px; pointer-events: none; }
.cometpad-placeholder[hidden] { display: none; }
.cometpad-p { margin: 0 0 0.6em; }
.cometpad-h1, .cometpad-h2, .cometpad-h3 { line-height: 1.25; text-wrap: balance; }
.cometpad-h1 { margin: 1.6em 0 0.5em; font-size: 1.75em; font-weight: 700; letter-spacing: -0.015em; }
.cometpad-h2 { margin: 1.5em 0 0.45em; font-size: 1.35em; font-weight: 650; letter-spacing: -0.01em; }
.cometpad-h3 { margin: 1.4em 0 0.4em; font-size: 1.1em; font-weight: 650; }
.cometpad-quote {
  margin: 0.8em 0;
  padding-inline-start: 1em;
  border-inline-start: 3px solid var(--_border);
  color: var(--_muted);
}
.cometpad-ul, .cometpad-ol { margin: 0 0 0.6em; padding-inline-start: 1.6em; }
.cometpad-li > .cometpad-ul, .cometpad-li > .cometpad-ol { margin-block-end: 0; }
.cometpad-li { margin-block: 0.15em; }
.cometpad-li::marker { color: var(--_muted); }
.cometpad-ol { list-style: decimal; }
.cometpad-ol .cometpad-ol { list-style: lower-alpha; }
.cometpad-ol .cometpad-ol .cometpad-ol { list-style: lower-roman; }
.cometpad-li-nested { list-style: none; margin-block: 0; }
.cometpad-checklist { list-style: none; padding-inline-start: 0; }
.cometpad-li-nested > .cometpad-checklist { padding-inline-start: 1.6em; }
.cometpad-li-checked, .cometpad-li-unchecked { position: relative; padding-inline-start: 1.75em; outline: none; }
.cometpad-li-nested.cometpad-li-checked, .cometpad-li-nested.cometpad-li-unchecked { padding-inline-start: 0; }
.cometpad-li-checked::before, .cometpad-li-unchecked::before {
  content: "";
  position: absolute;
  inset-inline-start: 0;
  inset-block-start: 0.28em;
  inline-size: 1.1em;
  block-size: 1.1em;
  box-sizing: border-box;
  border: 1.5px solid var(--_muted);
  border-radius: 0.28em;
  cursor: pointer;
}
.cometpad-li-nested::before { display: none; }
.cometpad-li-checked::before { background: var(--_accent); border-color: var(--_accent); }
.cometpad-li-checked::after {
  content: "";
  position: absolute;
  inset-inline-start: 0.39em;
  inset-block-start: 0.42em;
  inline-size: 0.32em;
  block-size: 0.58em;
  border: solid var(--_on-accent);
  border-width: 0 2px 2px 0;
  transform: rotate(42deg);
  pointer-events: none;
}
.cometpad-li-checked { color: var(--_muted); text-decoration: line-through; text-decoration-color: color-mix(in srgb, var(--_muted) 60%, transparent); }
.cometpad-li-checked:focus-visible::before, .cometpad-li-unchecked:focus-visible::before { outline: 2px solid var(--_accent); outline-offset: 2px; }
.cometpad-code-block {
  position: relative;
  margin: 0.8em 0;
  padding: 0.7em 0.9em;
  border-radius: 8px;
  background: var(--_hover);
  font: 0.9em/1.55 var(--_mono);
  white-space: pre-wrap;
  direction: ltr;
}
.cometpad-code-block[data-language]::before {
  content: attr(data-language);
  position: absolute;
  inset-block-start: 0.35em;
  inset-inline-end: 0.7em;
  color: var(--_muted);
  font: 0.75rem/1.4 var(--_font);
  pointer-events: none;
}
/* What warns has a colour of its own; text on it keeps that of the page. */
.cometpad-container {
  --_kind: var(--_accent);
  margin: 0.8em 0;
  padding: 0.7em 0.9em;
  border-inline-start: 3px solid var(--_kind);
  background: color-mix(in srgb, var(--_kind) 9%, transparent);
}
.cometpad-container[data-kind="warning"] { --_kind: #c98a10; }
.cometpad-container[data-kind="caution"] { --_kind: #d0453f; }
/* As wide as what is in it, and scrolled where that is wider than the text. */
.cometpad-table { display: block; margin: 0.8em 0; overflow-x: auto; border-collapse: collapse; max-inline-size: 100%; }
.cometpad-cell {
  position: relative;
  min-inline-size: 4.5rem;
  padding: 0.35em 0.6em;
  border: 1px solid var(--_border);
  vertical-align: top;
  text-align: start;
  outline: none;
}
.cometpad-cell > :last-child, .cometpad-container > :last-child { margin-block-end: 0; }
.cometpad-cell-header { background: var(--_hover); font-weight: 600; }
.cometpad-link { color: var(--_accent); text-decoration: underline; text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
.cometpad-content[aria-readonly="true"] .cometpad-link { cursor: pointer; }
.cometpad-bold { font-weight: 680; }
.cometpad-italic { font-style: italic; }
.cometpad-underline { text-decoration: underline; text-underline-offset: 0.15em; }
.cometpad-strike { text-decoration: line-through; }
.cometpad-underline-strike { text-decoration: underline line-through; }
.cometpad-code {
  font-family: var(--_mono);
  font-size: 0.9em;
  padding: 0.12em 0.35em;
  border-radius: 5px;
  background: var(--_hover);
  box-decoration-break: clone;
  -webkit-box-decoration-break: clone;
}
@media (forced-colors: active) {
  .cometpad-li-checked::before { background: Highlight; forced-color-adjust: none; }
}
@media print {
  .cometpad-placeholder { display: none !important; }
  .cometpad-content { padding: 0 !important; font-size: 11pt; line-height: 1.5; color: #000; }
  .cometpad-column { max-inline-size: none; }
  .cometpad-link[href]::after { content: " (" attr(href) ")"; font-size: 0.85em; color: #555; }
  .cometpad-h1, .cometpad-h2, .cometpad-h3 { break-after: avoid; }
  .cometpad-li, .cometpad-p { orphans: 2; widows: 2; }
}
`
