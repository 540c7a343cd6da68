/**
 * A panel that a button opens below itself. It lives in the browser's top layer, so no scrolling parent clips it, and
 * the browser closes it on Escape and on a click elsewhere.
 */
import { listen } from './dom.ts'

const GAP = 6
const EDGE = 8

/** Connects a button with its panel; the panel has to be in the same document or shadow root. */
export function attachPanel(button: HTMLButtonElement, panel: HTMLElement, opened: () => void): () => void {
  panel.popover = 'auto'
  button.popoverTargetElement = panel
  button.setAttribute('aria-expanded', 'false')
  const close = (): void => panel.hidePopover()
  const offs = [
    listen(panel, 'toggle', (event) => {
      const isOpen = event.newState === 'open'
      button.setAttribute('aria-expanded', String(isOpen))
      if (!isOpen) return window.removeEventListener('resize', close)
      place(panel, button)
      window.addEventListener('resize', close, { once: true })
      opened()
    }),
    () => window.removeEventListener('resize', close),
  ]
  return () => {
    for (const off of offs) off()
  }
}

/** Puts a fixed panel below its anchor, or above where there is more room, inside the window. */
export function place(panel: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect()
  const { width, height } = panel.getBoundingClientRect()
  const below = at.bottom + GAP
  const fits = below + height <= window.innerHeight - EDGE || at.top < height + GAP + EDGE
  const left = getComputedStyle(anchor).direction === 'rtl' ? at.right - width : at.left
  panel.style.setProperty('top', `${Math.round(fits ? below : at.top - height - GAP)}px`)
  panel.style.setProperty('left', `${Math.round(clamp(left, EDGE, window.innerWidth - width - EDGE))}px`)
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high))
}
