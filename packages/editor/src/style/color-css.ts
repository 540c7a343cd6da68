/**
 * The variables: `--cometpad-…` are the page's to set, anywhere above the editor; `--_…` are what we read. Light and
 * dark stand side by side, `data-theme` or the person's system chooses.
 */
export const colorCss = /* css */ `
.cometpad, .cometpad-piece {
  color-scheme: var(--cometpad-color-scheme, light dark);
  --_text: var(--cometpad-color-text, light-dark(#1d2127, #e4e6ea));
  --_muted: var(--cometpad-color-muted, light-dark(#5f6875, #9aa3b0));
  --_surface: var(--cometpad-color-surface, light-dark(#ffffff, #17181b));
  --_raised: var(--cometpad-color-raised, light-dark(#ffffff, #212327));
  --_hover: var(--cometpad-color-hover, light-dark(#f0f2f4, #2a2d32));
  --_border: var(--cometpad-color-border, light-dark(#e3e6ea, #2e3137));
  --_accent: var(--cometpad-color-accent, light-dark(#3452d1, #8ea2ff));
  --_accent-soft: var(--cometpad-color-accent-soft, light-dark(#e8ecfd, #2b3157));
  --_on-accent: var(--cometpad-color-on-accent, light-dark(#ffffff, #12142b));
  --_danger: var(--cometpad-color-danger, light-dark(#b42318, #ff9b8f));
  --_danger-soft: var(--cometpad-color-danger-soft, light-dark(#fdecea, #3d1f1c));
  --_good: light-dark(#1a7f4b, #5bd196);
  --_warn: light-dark(#a15c00, #f0b15a);
  --_font: var(--cometpad-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif);
  --_mono: var(--cometpad-font-mono, ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace);
  --_radius: var(--cometpad-radius, 8px);
  --_width: var(--cometpad-content-width, 44rem);
  --_tool: var(--cometpad-toolbar-height, 36px);
  --_shadow: 0 1px 2px rgb(0 0 0 / 0.06), 0 8px 28px rgb(0 0 0 / 0.14);
  font-family: var(--_font);
  color: var(--_text);
}
/* A piece inside an editor has the editor's scheme. */
.cometpad .cometpad-piece { color-scheme: inherit; }
.cometpad[data-theme="light"] { color-scheme: light; }
.cometpad[data-theme="dark"] { color-scheme: dark; }
`
