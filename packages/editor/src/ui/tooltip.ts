/** Shows the `data-tip` of what is pointed at or focused by keyboard. One element serves the whole surface. */
import { h, listen } from './dom.ts'
import { place } from './panel.ts'

const DELAY_MS = 450

export function showTooltips(surface: HTMLElement): () => void {
  const tip = h('div', { class: 'cometpad-tip', 'aria-hidden': 'true' })
  tip.popover = 'manual'
  surface.append(tip)
  let timer: ReturnType<typeof setTimeout> | undefined
  let shownFor: Element | undefined

  function hide(): void {
    clearTimeout(timer)
    if (shownFor !== undefined) tip.hidePopover()
    shownFor = undefined
  }

  function show(anchor: HTMLElement): void {
    const text = anchor.dataset['tip']
    if (text === undefined || !anchor.isConnected) return
    tip.textContent = text
    tip.showPopover()
    place(tip, anchor)
    shownFor = anchor
  }

  function over(event: Event, delayMs: number): void {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-tip]') : null
    if (target === shownFor) return
    hide()
    if (target !== null) timer = setTimeout(() => show(target), delayMs)
  }

  const offs = [
    listen(surface, 'pointerover', (event) => {
      if (event.pointerType === 'mouse') over(event, DELAY_MS)
    }),
    listen(surface, 'pointerleave', hide),
    listen(surface, 'pointerdown', hide),
    listen(surface, 'focusin', (event) => {
      if (event.target instanceof Element && event.target.matches(':focus-visible')) over(event, 0)
    }),
    listen(surface, 'focusout', hide),
    listen(surface, 'keydown', (event) => {
      if (event.key === 'Escape') hide()
    }),
    () => {
      hide()
      tip.remove()
    },
  ]
  return () => {
    for (const off of offs) off()
  }
}
