/** Keys in an open menu: arrows, Home and End go from item to item, Tab leaves. Escape is the browser's. */
import { listen } from './dom.ts'

export function listenToMenuKeys(panel: HTMLElement, closed: () => void): () => void {
  return listen(panel, 'keydown', (event) => {
    // Whoever the menu belongs to shall not hear it too.
    if (event.key === 'Escape') event.stopPropagation()
    if (event.key === 'Tab') {
      event.preventDefault()
      panel.hidePopover()
      closed()
      return
    }
    const all = [...panel.querySelectorAll<HTMLElement>('.cometpad-item')]
    const at = all.indexOf(event.target as HTMLElement)
    const to = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (to === undefined) return
    event.preventDefault()
    all[to]?.focus()
  })
}
