/**
 * Tells the others who one is and where: the name at once, the caret as often as presence travels at all. A caret that
 * only moved with the text stays the same relative position and is not told again.
 */
import { anchorRange } from '@cometpad/binding'
import type { Binding } from '@cometpad/binding'
import { clientLimits as limits } from '@cometpad/shared'
import type { Awareness } from 'y-protocols/awareness'
import { cleanColor } from '../user.ts'
import type { EditorUser } from '../user.ts'
import { writeCursor } from './cursor-state.ts'

export class OwnPresence {
  readonly #binding: Binding
  readonly #awareness: Awareness
  #told = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(binding: Binding, awareness: Awareness, user: EditorUser) {
    this.#binding = binding
    this.#awareness = awareness
    this.setUser(user)
  }

  setUser({ id, name, color }: EditorUser): void {
    const shown = { name, color: cleanColor(color, id ?? name) }
    this.#say({ user: id === undefined ? shown : { id, ...shown } })
  }

  /** At once when nothing was told for a while; then once at the end of each interval. */
  publishSoon(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#publish()
    }, limits.presenceIntervalMs)
  }

  destroy(): void {
    clearTimeout(this.#timer)
  }

  #publish(): void {
    const { editor, flow } = this.#binding
    // Half a syllable is not in the document, so there is no place in it to tell.
    if (editor.isComposing()) return
    const range = this.#binding.selection()
    const isInside = range !== null && Math.max(range.anchor, range.focus) <= flow.length
    const cursor = isInside ? writeCursor(anchorRange(flow, range)) : null
    const telling = JSON.stringify(cursor)
    if (telling === this.#told) return
    this.#told = telling
    this.#say({ cursor })
  }

  #say(fields: Record<string, unknown>): void {
    this.#awareness.setLocalState({ ...this.#awareness.getLocalState(), ...fields })
  }
}
