/** What the dialogs and menus look like that are loaded when somebody begins to write. */
export const toolsCss = /* css */ `
.cometpad-line { margin: 5px 4px; border-block-start: 1px solid var(--_border); }
.cometpad-table-form { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; padding: 9px; inline-size: 14rem; font: 400 0.9375rem/1.3 var(--_font); }
.cometpad-table-form > :nth-child(n + 3) { grid-column: 1 / -1; }
.cometpad-table-form > :nth-child(3) { display: flex; align-items: center; gap: 8px; }
.cometpad-table-form > :nth-child(-n + 2) > span { display: block; margin-block-end: 4px; font-weight: 600; font-size: 0.8125rem; }
.cometpad-table-form input { accent-color: var(--_accent); margin: 0; }
.cometpad-table-form input[type="checkbox"] { inline-size: 1.125rem; block-size: 1.125rem; }
.cometpad-table-form input[type="number"] { box-sizing: border-box; inline-size: 100%; padding: 7px 9px; border: 1px solid light-dark(#8b939e, #6d7580); border-radius: var(--_radius); background: var(--_surface); color: inherit; font: 400 1rem/1.4 var(--_font); }
.cometpad-table-form > button { text-align: center; }
.cometpad-cell-button {
  all: unset;
  box-sizing: border-box;
  position: absolute;
  z-index: 1;
  display: grid;
  place-items: center;
  inline-size: 26px;
  block-size: 20px;
  border: 1px solid var(--_border);
  border-radius: 6px;
  background: var(--_raised);
  color: var(--_muted);
  cursor: pointer;
  transform: translate(calc(-100% - 4px), -50%);
}
.cometpad-cell-button:dir(rtl) { transform: translate(4px, -50%); }
.cometpad-cell-button[hidden] { display: none; }
.cometpad-cell-button:hover, .cometpad-cell-button[aria-expanded="true"] { background: var(--_hover); color: var(--_text); }

.cometpad-dialog {
  inline-size: min(26rem, calc(100vw - 32px));
  box-sizing: border-box;
  padding: 18px;
  border: 1px solid var(--_border);
  border-radius: calc(var(--_radius) + 6px);
  background: var(--_raised);
  color: var(--_text);
  box-shadow: var(--_shadow);
  font: 400 0.9375rem/1.45 var(--_font);
}
.cometpad-dialog::backdrop { background: rgb(0 0 0 / 0.28); }
.cometpad-dialog label > span { display: block; margin-block-end: 6px; font-weight: 600; font-size: 0.875rem; }
.cometpad-dialog input {
  box-sizing: border-box;
  inline-size: 100%;
  padding: 9px 11px;
  border: 1px solid light-dark(#8b939e, #6d7580);
  border-radius: var(--_radius);
  background: var(--_surface);
  color: inherit;
  font: 400 1rem/1.4 var(--_font);
}
.cometpad-dialog input[aria-invalid="true"] { border-color: var(--_danger); }
.cometpad-error { margin: 6px 0 0; min-block-size: 1.45em; color: var(--_danger); font-size: 0.875rem; }
.cometpad-actions { display: flex; gap: 8px; margin-block-start: 8px; }
.cometpad-space { flex: 1; }

@media (pointer: coarse) {
  .cometpad-cell-button { inline-size: 44px; block-size: 32px; }
}
@media print {
  .cometpad-cell-button { display: none !important; }
}
`
