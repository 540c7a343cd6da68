/**
 * Gives a document or shadow root our style as a constructed sheet: one import is enough for an embedding page, and no
 * Content-Security-Policy has to allow inline styles for it.
 *
 * No cascade layer: every rule of a page outranks a layer, so a plain `button {…}` or `h1 {…}` would reach into the
 * editor. Single classes are above those and still easy for a page to outrank.
 */
import { chromeCss } from './chrome-css.ts'
import { colorCss } from './color-css.ts'
import { textCss } from './text-css.ts'

/** A constructed sheet belongs to the document that made it. */
const sheets = new WeakMap<Document, Map<string, CSSStyleSheet>>()

/** The sheet stays: it costs nothing where nothing has our class names. */
export function adoptStyle(target: HTMLElement, css = colorCss + textCss + chromeCss): void {
  const top = target.getRootNode()
  const owner = target.ownerDocument
  const scope = top instanceof ShadowRoot ? top : owner
  const made = sheets.get(owner) ?? new Map<string, CSSStyleSheet>()
  sheets.set(owner, made)
  let sheet = made.get(css)
  if (sheet === undefined) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    made.set(css, sheet)
  }
  if (!scope.adoptedStyleSheets.includes(sheet)) scope.adoptedStyleSheets.push(sheet)
}
