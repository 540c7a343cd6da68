/**
 * Colours what others have selected: as highlights of the browser, which leave the text's elements alone, or as boxes
 * behind the text where it has none. Colours are plain hex colours when they come here.
 */
import { h } from '../ui/dom.ts'

export interface PaintedSelection {
  readonly color: string
  readonly range: Range
}

export interface SelectionPaint {
  /** These and no others, from now on. */
  show(selections: readonly PaintedSelection[]): void
  destroy(): void
}

/** Numbers the paints of one page: highlight names share one registry, and may be letters, digits and hyphens only. */
let paints = 0

/** About a quarter: the text stays readable on any of the colours, light or dark. */
const OPACITY = '40'

export function createSelectionPaint(container: HTMLElement): SelectionPaint {
  return typeof Highlight === 'undefined' || typeof CSS === 'undefined' || !('highlights' in CSS)
    ? createBoxPaint(container)
    : createHighlightPaint(container)
}

function createHighlightPaint(container: HTMLElement): SelectionPaint {
  paints += 1
  const prefix = `cometpad-${paints}`
  const top = container.getRootNode()
  const scope = top instanceof ShadowRoot ? top : container.ownerDocument
  const sheet = new CSSStyleSheet()
  scope.adoptedStyleSheets.push(sheet)
  let shown = 0
  let rules = ''

  function show(selections: readonly PaintedSelection[]): void {
    const next = selections.map(({ color }, i) => ruleFor(`${prefix}-${i}`, color)).join('')
    if (next !== rules) sheet.replaceSync(next)
    rules = next
    selections.forEach(({ range }, i) => CSS.highlights.set(`${prefix}-${i}`, new Highlight(range)))
    for (let i = selections.length; i < shown; i += 1) CSS.highlights.delete(`${prefix}-${i}`)
    shown = selections.length
  }

  return {
    show,
    destroy() {
      show([])
      scope.adoptedStyleSheets = scope.adoptedStyleSheets.filter((each) => each !== sheet)
    },
  }
}

function ruleFor(name: string, color: string): string {
  return (
    `.cometpad-content ::highlight(${name}){background-color:${color}${OPACITY}}` +
    `@media (forced-colors:active){.cometpad-content ::highlight(${name}){background-color:Highlight;color:HighlightText}}`
  )
}

/** Bounded, because a selection of everything has as many boxes as the document has lines. */
const MOST_BOXES = 500

function createBoxPaint(container: HTMLElement): SelectionPaint {
  const layer = h('div', { class: 'cometpad-selections' })
  container.prepend(layer)
  return {
    show(selections) {
      const origin = layer.getBoundingClientRect()
      const boxes = selections.flatMap(({ color, range }) =>
        Array.from(range.getClientRects(), (rect) => ({ color, rect })),
      )
      layer.replaceChildren(
        ...boxes.slice(0, MOST_BOXES).map(({ color, rect }) => {
          const box = h('span', { class: 'cometpad-selection' })
          box.style.setProperty('left', `${rect.left - origin.left}px`)
          box.style.setProperty('top', `${rect.top - origin.top}px`)
          box.style.setProperty('width', `${rect.width}px`)
          box.style.setProperty('height', `${rect.height}px`)
          box.style.setProperty('background-color', `${color}${OPACITY}`)
          return box
        }),
      )
    },
    destroy: () => layer.remove(),
  }
}
