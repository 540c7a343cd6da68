/**
 * How long a composition (of an input method) keeps the editor as it is. Its own half syllables and what others write wait for two
 * seconds. After that only the block in which something is composed stays as it is: a browser whose text is changed under a composition
 * writes the result beside it. Knows no document.
 */
import { $getNodeByKey } from 'lexical'
import type { LexicalEditor } from 'lexical'
import type { BlockId, View } from './view.ts'

/** Everything waits for a composition for at most this long. */
export const COMPOSITION_HOLD_MS = 2_000

/** Its block stays as it is until it ends, or until nothing was composed for this long: some keyboards never end one. */
export const COMPOSITION_REST_MS = 30_000

/** Changes of others that wait. Above it they are shown all the same. */
const MOST_HELD = 1_000

export class Composition {
  readonly #editor: LexicalEditor
  readonly #again: () => void
  readonly #now: () => number
  /** When the present one stops holding everything; 0 without one. */
  #holdUntil = 0
  /** When something was composed last. */
  #composedAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param again called when it is time to look again */
  constructor(editor: LexicalEditor, again: () => void, now: () => number = Date.now) {
    this.#editor = editor
    this.#again = again
    this.#now = now
  }

  /** The text was edited here. */
  noteEdit(): void {
    this.#composedAt = this.#now()
  }

  /** Does everything wait now? */
  holds(waiting: number): boolean {
    clearTimeout(this.#timer)
    if (!this.#editor.isComposing()) {
      this.#holdUntil = 0
      return false
    }
    const now = this.#now()
    if (this.#holdUntil === 0) {
      this.#holdUntil = now + COMPOSITION_HOLD_MS
      this.#composedAt = now
    }
    if (waiting < MOST_HELD && now < this.#holdUntil) {
      this.#timer = setTimeout(this.#again, this.#holdUntil - now)
      return true
    }
    this.#holdUntil = now + COMPOSITION_HOLD_MS
    return false
  }

  /** Must its block stay as it is? */
  keepsItsBlock(waiting: number): boolean {
    return (
      this.#editor.isComposing() &&
      waiting < MOST_HELD &&
      this.#now() - this.#composedAt < COMPOSITION_REST_MS
    )
  }

  /** The block whose text holds what is being composed; undefined when none does. */
  blockIn(view: View): BlockId | undefined {
    const key = this.#editor._compositionKey
    return this.#editor.getEditorState().read(() => {
      const node = key === null ? null : $getNodeByKey(key)
      for (const each of node === null ? [] : [node, ...node.getParents()]) {
        const id = view.blockOf.get(each.getKey())
        if (id !== undefined) return id
      }
      return undefined
    })
  }

  destroy(): void {
    clearTimeout(this.#timer)
  }
}
