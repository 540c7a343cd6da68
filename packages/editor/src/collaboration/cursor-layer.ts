/**
 * Shows where the others are: a caret with a name that fades, and what they have selected. Drawn over the text at most
 * once per animation frame, and again whenever the text may have moved. Knows no connection.
 */
import { resolveRange } from '@cometpad/binding'
import type { AnchoredRange, Binding, UnitRange } from '@cometpad/binding'
import type { Awareness } from 'y-protocols/awareness'
import { peopleOf } from '../presence.ts'
import type { Person } from '../presence.ts'
import { adoptStyle } from '../style/adopt.ts'
import { cursorCss } from '../style/cursor-css.ts'
import { CaretView } from './caret-view.ts'
import { caretBox, domRange } from './caret-box.ts'
import { readCursor } from './cursor-state.ts'
import { createSelectionPaint } from './selection-paint.ts'
import type { PaintedSelection, SelectionPaint } from './selection-paint.ts'

/** More carets than this cover the text instead of telling who is where. */
const MOST_CARETS = 60

export class CursorLayer {
  readonly #binding: Binding
  readonly #awareness: Awareness
  readonly #carets = new Map<number, CaretView>()
  /** Where somebody was last in the document as it is here; what they hang on now may still be on its way. */
  readonly #known = new Map<number, AnchoredRange>()
  #container: HTMLElement | null = null
  #paint: SelectionPaint | null = null
  #detach: () => void = () => undefined
  #frame = 0

  constructor(binding: Binding, awareness: Awareness) {
    this.#binding = binding
    this.#awareness = awareness
  }

  drawIn(container: HTMLElement | null): void {
    this.#clear()
    this.#container = container
    if (container === null) return
    adoptStyle(container, cursorCss)
    this.#paint = createSelectionPaint(container)
    this.#detach = this.#watch(container)
    this.drawSoon()
  }

  drawSoon(): void {
    if (this.#container === null || this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#draw()
    })
  }

  destroy(): void {
    this.#clear()
    this.#container = null
  }

  #watch(container: HTMLElement): () => void {
    const onMove = (): void => this.drawSoon()
    const observer = new ResizeObserver(onMove)
    observer.observe(container)
    // Scrolling of something inside the text, such as a wide table; the text itself takes this layer along.
    const column = container.parentElement
    column?.addEventListener('scroll', onMove, { capture: true, passive: true })
    const fonts = container.ownerDocument.fonts as FontFaceSet | undefined
    fonts?.addEventListener('loadingdone', onMove)
    return () => {
      observer.disconnect()
      column?.removeEventListener('scroll', onMove, { capture: true })
      fonts?.removeEventListener('loadingdone', onMove)
    }
  }

  #clear(): void {
    if (this.#frame !== 0) cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.#detach()
    this.#detach = () => undefined
    this.#paint?.destroy()
    this.#paint = null
    for (const caret of this.#carets.values()) caret.remove()
    this.#carets.clear()
  }

  #draw(): void {
    const container = this.#container
    if (container === null || this.#binding.editor.getRootElement() === null) return
    const selections: PaintedSelection[] = []
    const drawn = new Set<number>()
    // First everything is measured, then everything is written: one layout for all carets.
    const origin = container.getBoundingClientRect()
    const found = this.#others().flatMap(({ person, units }) => {
      const focus = this.#binding.placeAt(units.focus)
      const box = focus === null ? null : caretBox(this.#binding.editor, focus)
      if (focus === null || box === null) return []
      const anchor = units.anchor === units.focus ? null : this.#binding.placeAt(units.anchor)
      const range = anchor === null ? null : domRange(this.#binding.editor, anchor, focus)
      if (range !== null && !range.collapsed) selections.push({ color: person.color, range })
      return [{ person, units, box }]
    })
    for (const { person, units, box } of found) {
      drawn.add(person.clientId)
      let caret = this.#carets.get(person.clientId)
      if (caret === undefined) {
        caret = new CaretView(container)
        this.#carets.set(person.clientId, caret)
      }
      caret.show(person, box, origin, units.focus)
    }
    for (const [clientId, caret] of this.#carets) {
      if (drawn.has(clientId)) continue
      caret.remove()
      this.#carets.delete(clientId)
    }
    this.#paint?.show(selections)
  }

  /** Everybody else who is somewhere in the text. */
  #others(): { person: Person; units: UnitRange }[] {
    const states = this.#awareness.getStates()
    const others: { person: Person; units: UnitRange }[] = []
    for (const clientId of this.#known.keys()) if (!states.has(clientId)) this.#known.delete(clientId)
    for (const [clientId, state] of states) {
      if (clientId === this.#awareness.clientID || others.length === MOST_CARETS) continue
      const [person] = peopleOf(new Map([[clientId, state]]), this.#awareness.clientID, 'Guest')
      const units = this.#unitsOf(clientId, readCursor(state))
      if (person !== undefined && units !== null) others.push({ person, units })
    }
    return others
  }

  #unitsOf(clientId: number, cursor: AnchoredRange | null): UnitRange | null {
    if (cursor === null) {
      this.#known.delete(clientId)
      return null
    }
    const units = resolveRange(this.#binding.flow, cursor)
    if (units !== null) {
      this.#known.set(clientId, cursor)
      return units
    }
    const known = this.#known.get(clientId)
    return known === undefined ? null : resolveRange(this.#binding.flow, known)
  }
}
