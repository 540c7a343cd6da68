/** One tab stop for a row of controls: arrows, Home and End move inside it (WAI-ARIA toolbar). */
import { listen } from './dom.ts'

export interface Roving {
  /** Focuses the control that had the focus last. */
  focus(): void
  /** To be called after controls appeared or vanished. */
  refresh(): void
  destroy(): void
}

export function makeRoving(row: HTMLElement): Roving {
  let current: HTMLElement | undefined

  function controls(): HTMLElement[] {
    return [...row.querySelectorAll<HTMLElement>('button')].filter(
      (button) => !button.hidden && button.closest('[data-clipped], [popover]') === null,
    )
  }

  function moveTo(next: HTMLElement | undefined): void {
    for (const control of row.querySelectorAll<HTMLElement>('button')) {
      if (control.closest('[popover]') === null) control.tabIndex = control === next ? 0 : -1
    }
    current = next
  }

  function refresh(): void {
    const all = controls()
    moveTo(current !== undefined && all.includes(current) ? current : all[0])
  }

  function onKey(event: KeyboardEvent): void {
    const all = controls()
    const at = all.indexOf(event.target as HTMLElement)
    if (at < 0) return
    const forward = getComputedStyle(row).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
    const backward = forward === 'ArrowRight' ? 'ArrowLeft' : 'ArrowRight'
    const to = {
      [forward]: (at + 1) % all.length,
      [backward]: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (to === undefined) return
    event.preventDefault()
    moveTo(all[to])
    current?.focus()
  }

  function onFocus(event: FocusEvent): void {
    const target = event.target as HTMLElement
    if (controls().includes(target)) moveTo(target)
  }

  const offKey = listen(row, 'keydown', onKey)
  const offFocus = listen(row, 'focusin', onFocus)
  refresh()
  return {
    focus: () => (refresh(), current?.focus()),
    refresh,
    destroy: () => (offKey(), offFocus()),
  }
}
