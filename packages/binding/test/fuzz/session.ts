/** Plays a script with real editors and documents, and says what went wrong. */
import { $createTextNode, $getNodeByKey, $getRoot, $isTextNode, $setCompositionKey } from 'lexical'
import type { TextNode } from 'lexical'
import * as Y from 'yjs'
import { TABLE, attrsOf } from '../../src/form.ts'
import { describeBlocks } from '../../src/model.ts'
import { readFlow } from '../../src/read-flow.ts'
import { createWriter, findFaults, treeOf } from '../writer.ts'
import type { Writer } from '../writer.ts'
import { $perform } from './acts.ts'
import { lettersIn } from './alphabet.ts'
import { Ledger } from './ledger.ts'
import { $caret, $textBlocks, choose } from './places.ts'
import type { Act, ActStep, SessionPlan, Step } from './script.ts'
import { lettersOfDocument, writtenIn } from './watch.ts'

export interface Verdict {
  /** Empty: everything held. */
  readonly faults: readonly string[]
  /** Letters that came back twice by the fault of Yjs (yjs-fault.test.ts). */
  readonly restoredTwice: number
}

const HALF = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
const NETWORK = 'network'

interface Participant {
  readonly who: number
  readonly writer: Writer
  /** What the others sent and this one has not taken in. */
  readonly inbox: Map<number, Uint8Array[]>
  readonly author: Set<string>
  /** Errors of edits that Lexical itself could not do. */
  readonly refused: Set<unknown>
  /** Letters that this one meant to delete. */
  readonly meant: Set<string>
  /** The letters before an edit that is not written yet. */
  shown: readonly string[] | null
  composing: { key: string; at: number } | null
  now: number
  /** May a letter be written anew? Only when blocks are dragged, or where lines of one cell lie apart. */
  mayMove: boolean
  /** Is nothing to be written by the binding now? */
  isListening: boolean
}

export function playSession(plan: SessionPlan): Verdict {
  const session = new Session(plan)
  try {
    session.play()
  } catch (error) {
    session.faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  session.close()
  return { faults: session.faults, restoredTwice: session.ledger.restoredTwice.size }
}

class Session {
  readonly faults: string[] = []
  readonly ledger = new Ledger()
  readonly #steps: readonly Step[]
  readonly #all: Participant[]

  constructor({ writers, steps }: SessionPlan) {
    this.#steps = steps
    this.#all = Array.from({ length: writers }, (_, who) => this.#join(who))
  }

  play(): void {
    for (const step of this.#steps) {
      if (step.does === 'wait') this.#wait(this.#one(step.who))
      else if (step.does === 'receive') this.#receive(step)
      else this.#act(step)
      if (this.faults.length > 0) return
    }
    this.#finish()
  }

  close(): void {
    for (const { writer } of this.#all) writer.editor.dispose()
  }

  #join(who: number): Participant {
    const clock = { now: 0 }
    const one: Participant = {
      who,
      // Ids whose order is not the order of the writers.
      writer: createWriter({ clientId: [50, 20, 70, 10, 40][who] ?? 100 + who, now: () => one.now }),
      inbox: new Map(),
      author: new Set(),
      meant: new Set(),
      refused: new Set(),
      shown: null,
      composing: null,
      now: clock.now,
      mayMove: false,
      isListening: false,
    }
    const { doc } = one.writer
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === NETWORK) return
      for (const other of this.#all) {
        if (other === one) continue
        const waiting = other.inbox.get(who) ?? []
        waiting.push(update)
        other.inbox.set(who, waiting)
      }
    })
    doc.on('afterTransaction', (transaction: Y.Transaction) => {
      if (transaction.origin !== NETWORK) this.#record(one, transaction)
    })
    return one
  }

  #one(who: number): Participant {
    const one = this.#all[who]
    if (one === undefined) throw new RangeError(`there is no writer ${who}`)
    return one
  }

  #record(one: Participant, transaction: Y.Transaction): void {
    const { who, author } = one
    const { inserted, deleted } = writtenIn(transaction)
    const isOwn = transaction.origin === one.writer.binding
    const isUndo = transaction.origin instanceof Y.UndoManager
    if (!isOwn && !isUndo) {
      if (inserted.length + deleted.length > 0) this.faults.push('Yjs tidied letters away')
      return
    }
    if (isOwn && one.isListening && transaction.changed.size > 0) this.faults.push('answered to what came in')
    if (one.shown !== null) {
      // Also what Lexical itself drops, as when a list is pasted into a nested one.
      const left = one.writer.editor.getEditorState().read($letters)
      for (const letter of without(one.shown, left)) one.meant.add(letter)
      one.shown = null
    }
    const gone = new Set(deleted)
    const anew = inserted.filter((letter) => this.ledger.knows(letter))
    const typed = inserted.filter((letter) => !this.ledger.knows(letter))
    const moved = anew.filter((letter) => gone.has(letter))
    for (const letter of moved) gone.delete(letter)
    this.ledger.typed(typed)
    for (const letter of typed) author.add(letter)
    if (isOwn && anew.length > 0 && !one.mayMove) this.faults.push(`wrote anew ${anew.join('')}`)
    const stray = [...gone].filter((letter) =>
      isOwn ? !one.meant.has(letter) : !author.has(letter) && !this.ledger.wasTouchedBy(who, letter),
    )
    if (stray.length > 0) this.faults.push(`${isUndo ? 'undo took' : 'deleted'} ${stray.join('')}`)
    this.ledger.deleted(who, gone)
    this.ledger.deleted(who, moved)
    this.ledger.restored(who, anew)
  }

  #act(step: ActStep): void {
    const one = this.#one(step.who)
    if (step.does === 'compose') this.#compose(one, step)
    else {
      this.#endComposition(one)
      if (step.does === 'undo') one.writer.output.undo()
      else if (step.does === 'redo') one.writer.output.redo()
      else {
        if (step.pick < 0.2) one.writer.output.stopCapturing()
        this.#edit(one, step, true)
      }
    }
  }

  #edit(one: Participant, step: ActStep, commits: boolean): void {
    const { does } = step
    if (does === 'undo' || does === 'redo' || does === 'compose') return
    one.mayMove = DRAGS.has(does) || hasLinesApart(one)
    const change = (): void => {
      try {
        one.shown = $letters()
        $perform({ ...step, does })
      } catch (error) {
        // Some of Lexical's own commands throw on some selections. It takes such an update back; so must everybody.
        one.refused.add(error)
        throw error
      }
    }
    if (commits) {
      one.writer.edit(change)
      one.mayMove = false
    } else one.writer.editor.update(change)
  }

  #receive({ who, from, isForeign, during }: Extract<Step, { does: 'receive' }>): void {
    const one = this.#one(who)
    const updates = one.inbox.get(from) ?? []
    one.inbox.set(from, [])
    if (updates.length === 0) return
    if (during !== null && one.composing === null) this.#edit(one, during, false)
    else one.isListening = one.composing === null
    for (const update of updates) {
      if (isForeign) Y.applyUpdate(one.writer.doc, update, NETWORK)
      else one.writer.binding.applyUpdate(update, NETWORK)
    }
    one.writer.binding.settle()
    one.mayMove = false
    one.isListening = false
  }

  #wait(one: Participant): void {
    one.now += 3_000
    one.writer.binding.settle()
  }

  /** Half a syllable at a time: each takes the place of the one before. */
  #compose(one: Participant, step: ActStep): void {
    const { writer, composing } = one
    writer.edit(() => {
      const node = composing === null ? null : $getNodeByKey(composing.key)
      if (composing === null || !$isTextNode(node)) {
        const block = choose($textBlocks(), step.at)
        if (block === undefined) return
        const selection = $caret(block, step.to)
        const at = selection.anchor.getNode()
        const [first = ''] = step.text.match(/./u) ?? []
        let offset = 0
        let text: TextNode
        if ($isTextNode(at)) {
          text = at
          offset = selection.anchor.offset
          text.spliceText(offset, 0, first, true)
        } else {
          text = $createTextNode(first)
          selection.insertNodes([text])
          text.select()
        }
        one.composing = { key: text.getKey(), at: offset }
        $setCompositionKey(text.getKey())
        return
      }
      const offset = Math.min(composing.at, node.getTextContentSize())
      const end = offset + (node.getTextContent().slice(offset).match(/^./u)?.[0].length ?? 0)
      const before = node.getTextContent().slice(offset, end)
      if (before !== '' && !one.author.has(before) && this.ledger.knows(before)) return
      for (const letter of lettersIn(before)) one.meant.add(letter)
      node.spliceText(offset, end - offset, step.text.match(/./u)?.[0] ?? '', true)
    })
  }

  #endComposition(one: Participant): void {
    if (one.composing === null) return
    one.composing = null
    one.writer.edit(() => $setCompositionKey(null))
  }

  #finish(): void {
    for (const one of this.#all) {
      this.#endComposition(one)
      one.writer.binding.settle()
    }
    // What Yjs tidies up after the last update makes further ones.
    for (let pass = 0; pass < 20; pass++) {
      const waiting = this.#all.flatMap((one) => [...one.inbox].filter(([, updates]) => updates.length > 0))
      if (waiting.length === 0) break
      for (const { who } of this.#all)
        for (const { who: from } of this.#all)
          this.#receive({ does: 'receive', who, from, isForeign: false, during: null })
    }
    this.#judge()
  }

  #judge(): void {
    const [first] = this.#all
    if (first === undefined || this.faults.length > 0) return
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(first.writer.doc))
    const late = createWriter({ clientId: 999, doc })
    const tree = JSON.stringify(treeOf(late))
    const delta = JSON.stringify(describeBlocks(readFlow(late.binding.flow)))
    const flow = lettersOfDocument(late.binding.flow)
    const named = this.#all.map(({ who, writer }) => ['ABCDE'[who] ?? '', writer] as const)
    for (const { writer, refused } of this.#all)
      writer.errors.splice(0, Infinity, ...writer.errors.filter((error) => !refused.has(error)))
    for (const [name, writer] of [...named, ['late', late] as const]) {
      for (const fault of findFaults(writer)) this.faults.push(`${name}: ${fault}`)
      if (JSON.stringify(describeBlocks(readFlow(writer.binding.flow))) !== delta)
        this.faults.push(`${name}: another document`)
      const own = JSON.stringify(treeOf(writer))
      if (own !== tree) this.faults.push(`${name}: another tree\n  ${own}\nthan a fresh one\n  ${tree}`)
    }
    const shown = late.editor.getEditorState().read($letters)
    // The cells of a table may lie in another order than they stand.
    if (readFlow(late.binding.flow).some(({ keys }) => attrsOf(keys)['T'] === TABLE)) {
      shown.sort()
      flow.sort()
    }
    if (shown.join('') !== flow.join('')) this.faults.push('shows other letters than the document holds')
    if (readFlow(late.binding.flow).some(({ text }) => HALF.test(text))) this.faults.push('half a character')
    this.faults.push(...this.ledger.judge(flow))
    late.editor.dispose()
  }
}

const DRAGS: ReadonlySet<Act> = new Set(['drag', 'moveIn', 'dragContainer'])

/**
 * Two lines that came from different cells, or one that is a table's own text, lie apart in the document: when somebody
 * joins them, one of them moves.
 */
function hasLinesApart({ writer }: Participant): boolean {
  return writer.binding.view.blocks.some(
    ({ keys, text }) => keys.includes('"s:') || (text !== '' && attrsOf(keys)['T'] === TABLE),
  )
}

function $letters(): string[] {
  return lettersIn($getRoot().getTextContent())
}

/** What is in the first list more often than in the second. */
function without(letters: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return letters.filter((letter) => {
    const at = left.indexOf(letter)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
