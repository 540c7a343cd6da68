/**
 * What the document will not have, and the person may want: the copies that this page or an earlier one has left, above the
 * text. Knows no connection.
 */
import type { KeptCopy } from '@cometpad/provider'
import { textOfCopy } from '../copy-text.ts'
import type { Messages } from '../messages.ts'
import type { EditorHandle } from '../options.ts'
import { h } from './dom.ts'
import { createKeptCopy } from './kept-copy.ts'
import type { KeptCopyActions, KeptCopyView } from './kept-copy.ts'

export interface KeptCopiesParts {
  readonly handle: EditorHandle
  readonly messages: Messages
  /** Puts a text into the document. */
  readonly insert: (text: string) => void
}

/** Why the document was begun anew, and the words that were on the page then, if it had some that were not saved. */
export interface Left {
  readonly reason: KeptCopy['reason']
  readonly unsaved: string | undefined
}

export class KeptCopies {
  readonly element = h('div', { class: 'cometpad-aside' })
  readonly #parts: KeptCopiesParts
  /** By what tells copies apart. */
  readonly #shown = new Set<string>()
  readonly #views = new Set<KeptCopyView>()
  readonly #undo: (() => void)[]

  constructor(parts: KeptCopiesParts) {
    this.#parts = parts
    const refresh = (): void => this.#refresh()
    this.#undo = [parts.handle.on('syncStatus', refresh), parts.handle.on('change', refresh)]
  }

  /** Shows what is there. After a document was begun anew something is always said. */
  async look(left?: Left): Promise<void> {
    const { handle, messages } = this.#parts
    const { provider } = handle
    // A device that keeps nothing is told of in the save state.
    const copies = await provider.keptCopies().catch(() => [])
    const fresh = copies.filter(({ generation }) => !this.#shown.has(generation))
    for (const copy of fresh) {
      this.#shown.add(copy.generation)
      this.#add(textOfCopy(copy), copy.reason, {
        done: () =>
          void handle.provider.discardCopy(copy).catch((error: unknown) => this.#say(messageOf(error))),
        // Another tab shows it as well, and may have put it into the document already.
        isThere: async () =>
          (await handle.provider.keptCopies()).some(({ generation }) => generation === copy.generation),
        survives: true,
      })
    }
    if (fresh.length > 0 || left === undefined) return
    if (left.unsaved === undefined) this.#say(messages.replaced)
    else {
      const isThere = (): Promise<boolean> => Promise.resolve(true)
      this.#add(left.unsaved, left.reason, { done: () => undefined, isThere, survives: false })
    }
  }

  destroy(): void {
    for (const undo of this.#undo) undo()
    for (const view of this.#views) view.destroy()
    this.#views.clear()
    this.element.remove()
  }

  #add(
    text: string,
    reason: KeptCopy['reason'],
    actions: Pick<KeptCopyActions, 'done' | 'isThere' | 'survives'>,
  ): void {
    const { messages, insert } = this.#parts
    const view = createKeptCopy(text, reason, messages, {
      ...actions,
      insert,
      failed: (error) => this.#say(messageOf(error)),
    })
    this.#views.add(view)
    this.element.append(view.element)
    this.#refresh()
  }

  #refresh(): void {
    const { handle } = this.#parts
    for (const view of this.#views) {
      if (!view.element.isConnected) continue
      view.allowInsert(handle.status.canEdit && handle.status.opened)
      if (handle.status.opened) view.compare(handle.getText())
    }
  }

  /** One sentence, until the person has read it. */
  #say(text: string): void {
    const close = h('button', { type: 'button', class: 'cometpad-button' }, this.#parts.messages.close)
    const words = h('p', { class: 'cometpad-said', role: 'alert' }, h('span', {}, text), close)
    close.addEventListener('click', () => words.remove())
    for (const older of this.element.querySelectorAll('.cometpad-said')) older.remove()
    this.element.append(words)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
