/** What the carets of the others look like. Comes with what draws them. */
export const cursorCss = /* css */ `
.cometpad-cursor {
  position: absolute;
  inset-block-start: 0;
  left: 0;
  inline-size: 2px;
  margin-left: -1px;
  border-radius: 1px;
  background: var(--_person);
}
.cometpad-selections { position: absolute; inset: 0; }
.cometpad-selection { position: absolute; }
.cometpad-cursor-name {
  position: absolute;
  inset-block-end: 100%;
  inset-inline-start: 0;
  padding: 1px 6px 2px;
  border-radius: 5px 5px 5px 0;
  background: var(--_person);
  color: #fff;
  font: 600 0.71875rem/1.35 var(--_font);
  white-space: nowrap;
  max-inline-size: 12rem;
  overflow: hidden;
  text-overflow: ellipsis;
  animation: cometpad-fade 0.5s ease-in 4s forwards;
}
.cometpad-cursor-low > .cometpad-cursor-name { inset-block: 100% auto; border-radius: 0 5px 5px 5px; }
.cometpad-cursor-left > .cometpad-cursor-name { inset-inline: auto 0; border-end-start-radius: 5px; border-end-end-radius: 0; }
@keyframes cometpad-fade { to { opacity: 0; } }
@media (prefers-reduced-motion: reduce) {
  .cometpad-cursor-name { animation-timing-function: step-end; }
}
@media (forced-colors: active) {
  .cometpad-cursor { background: CanvasText; forced-color-adjust: none; }
  .cometpad-cursor-name { background: Canvas; color: CanvasText; border: 1px solid CanvasText; forced-color-adjust: none; }
}
@media print {
  .cometpad-cursors { display: none !important; }
}
`
