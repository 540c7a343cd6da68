/**
 * Joins an editor and a flow: every change on one side reaches the other, and nothing is ever compared with a state
 * that was not shown. All events only note what happened; `settle` alone decides what to do. Knows no connection,
 * no presence and no undo.
 */
import { $getRoot, $setSelection, COLLABORATION_TAG, SKIP_SCROLL_INTO_VIEW_TAG } from 'lexical'
import type { EditorState, LexicalEditor, UpdateListenerPayload } from 'lexical'
import * as Y from 'yjs'
import { applyDelta, refreshKeys } from './apply-delta.ts'
import { $keepingSelection, $selectUnits, $selectedUnits } from './caret.ts'
import type { UnitRange } from './caret.ts'
import { Composition } from './composition.ts'
import { noteDirt } from './dirt.ts'
import type { Dirt } from './dirt.ts'
import type { DraftContext } from './draft.ts'
import { FLOW, FORM_VERSION, META, seed, versionOf } from './form.ts'
import { $planLocal } from './local.ts'
import { blockLength } from './model.ts'
import { readFlow } from './read-flow.ts'
import type { Block, Delta } from './model.ts'
import { readNearDelta, readWholeDelta } from './near-delta.ts'
import { ObjectKinds } from './objects.ts'
import type { ObjectKind } from './objects.ts'
import { Pen } from './pen.ts'
import type { Plan } from './plan.ts'
import { $placeAt } from './points.ts'
import type { Place } from './points.ts'
import { growthOf, transformDelta } from './rebase.ts'
import { $renderStretch, findStretch } from './remote.ts'
import { updateAtOnce } from './update-at-once.ts'
import { View } from './view.ts'
import type { ContentWriter, LinkAttributes } from './write-content.ts'
import { writePlan } from './write-plan.ts'

/** Marks updates that show what the document says; they are not compared with it again. */
export const REMOTE_TAG = 'cometpad-remote'

const NOTHING: Plan = { delta: [], keyChanges: [], kind: 'none' }

export type BindingState =
  | { readonly state: 'live' }
  /** The document was written by a newer version: shown and followed, not written. */
  | { readonly state: 'outdated'; readonly version: number }
  /** The editor could not be made to show the document. Nothing is sent any more. */
  | { readonly state: 'broken'; readonly error: unknown }
  | { readonly state: 'closed' }

export interface BindingOptions {
  readonly objects: Iterable<ObjectKind>
  readonly link: LinkAttributes
  /** Applies the frozen seed to a document that has none. */
  readonly seeds: boolean
  /** Units at which others are: what they are in does not move. */
  readonly othersAt?: () => readonly number[]
  /** Before something is written: what kind of edit, and the selection before it. */
  readonly willWrite?: (plan: Plan, selectionBefore: UnitRange | null) => void
  readonly stateChanged?: (state: BindingState) => void
  /** The tree was built anew after an error. */
  readonly recovered?: (error: unknown) => void
  readonly now?: () => number
}

interface Incoming {
  readonly delta: Delta
  readonly changed: ReadonlySet<unknown>
}

export class Binding {
  readonly doc: Y.Doc
  readonly flow: Y.Text
  readonly editor: LexicalEditor
  readonly view = new View()
  readonly #options: BindingOptions
  readonly #writer: ContentWriter
  readonly #context: DraftContext
  #lastName = 0
  #state: BindingState = { state: 'live' }
  #dirt: Dirt = { isOrderDirty: false, topLevel: new Set() }
  #incoming: Incoming[] = []
  readonly #composition: Composition
  #isSettling = false
  #isScheduled = false
  /** The last state in which editor and document agreed. */
  #agreed: EditorState | null = null
  #failure: { readonly error: unknown } | null = null
  readonly #detach: (() => void)[] = []

  constructor(editor: LexicalEditor, doc: Y.Doc, options: BindingOptions) {
    this.editor = editor
    this.doc = doc
    this.flow = doc.getText(FLOW)
    this.#options = options
    const objects = new ObjectKinds(options.objects)
    this.#writer = { objects, link: options.link, embedOf: this.view.embedOf }
    this.#context = { view: this.view, objects, newName: () => this.#newName(), within: '' }
    if (options.seeds && versionOf(doc) <= FORM_VERSION) seed(doc)
    this.#composition = new Composition(editor, () => this.settle(), options.now)
    this.#detach.push(editor.registerUpdateListener((payload) => this.#onUpdate(payload)))
    try {
      this.#rebuild(false)
    } catch (error) {
      this.#setState({ state: 'broken', error })
    }
    const onEvents = (events: Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction): void => {
      // After what somebody else formatted Yjs would walk through the whole flow, and every reader would write what it
      // clears away there. Whoever formats clears what is superfluous (decision 0011).
      transaction._needFormattingCleanup = false
      this.#onEvents(events, transaction)
    }
    const onMeta = (): void => this.#checkVersion()
    const onDone = (): void => {
      if (this.#incoming.length > 0) this.settle()
    }
    this.flow.observeDeep(onEvents)
    doc.getMap(META).observe(onMeta)
    doc.on('afterAllTransactions', onDone)
    this.#detach.push(
      () => this.flow.unobserveDeep(onEvents),
      () => doc.getMap(META).unobserve(onMeta),
      () => doc.off('afterAllTransactions', onDone),
    )
    this.#checkVersion()
  }

  get state(): BindingState {
    return this.#state
  }

  /** Applies an update after everything that is pending in the editor was written: the safest way in. */
  applyUpdate(update: Uint8Array, origin: unknown): void {
    this.settle()
    Y.applyUpdate(this.doc, update, origin)
  }

  /** One's own selection, in units of the flow. */
  selection(state: EditorState = this.editor.getEditorState()): UnitRange | null {
    return state.read(() => $selectedUnits(this.view))
  }

  /** Where a caret at this unit is in the editor. Null in one that shows nothing. */
  placeAt(unit: number): Place | null {
    return this.editor.getEditorState().read(() => $placeAt(unit, this.view))
  }

  /** Selects these units, and brings them into sight. */
  select(range: UnitRange): void {
    this.settle()
    if (this.#state.state === 'live') this.#update(() => $selectUnits(range, this.view), [])
  }

  /** Brings editor and document together as far as possible now. */
  settle(): void {
    if (this.#state.state === 'closed' || this.#state.state === 'broken' || this.#isSettling) return
    if (this.editor._updating) {
      this.#schedule()
      return
    }
    if (this.#isHeld()) return
    this.#attempt(() => {
      if (this.#failure !== null) {
        const { error } = this.#failure
        this.#failure = null
        throw error
      }
      this.#commitPending()
      this.#exchange()
    })
  }

  destroy(): void {
    if (this.#state.state === 'closed') return
    if (this.#state.state === 'live') this.settle()
    this.#setState({ state: 'closed' })
    this.#composition.destroy()
    for (const detach of this.#detach) detach()
    this.#incoming = []
  }

  #onUpdate(payload: UpdateListenerPayload): void {
    const { tags, dirtyElements, dirtyLeaves, prevEditorState } = payload
    if (tags.has(REMOTE_TAG)) return
    if (dirtyElements.size > 0 || dirtyLeaves.size > 0) {
      this.#agreed ??= prevEditorState
      noteDirt(this.#dirt, payload)
      this.#composition.noteEdit()
    }
    if (
      this.#isSettling ||
      !this.#isDirty ||
      this.#state.state === 'broken' ||
      this.#state.state === 'closed'
    )
      return
    if (this.#incoming.length === 0 && this.#failure === null && !this.#isHeld()) {
      this.#attempt(() => this.#exchange())
    } else this.#schedule()
  }

  #attempt(act: () => void): void {
    this.#isSettling = true
    try {
      act()
    } catch (error) {
      if (this.editor._updating) {
        // Within a listener nothing can be shown, so nothing can be repaired either.
        this.#failure = { error }
        this.#schedule()
      } else this.#recover(error)
    } finally {
      this.#isSettling = false
    }
  }

  #onEvents(events: readonly Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction): void {
    if (transaction.origin === this) return
    let delta: Delta = []
    const changed = new Set<unknown>()
    for (const event of events) {
      // Read at once: the next transaction would change what it says.
      if (event.target === this.flow)
        delta = this.#nearDelta(transaction) ?? readWholeDelta(this.flow, transaction)
      else changed.add(event.target)
    }
    this.#incoming.push({ delta, changed })
    // While transactions are being finished nothing may be written; without pending edits nothing has to be.
    if (!this.#hasPending) this.settle()
  }

  /** While changes wait, the blocks are not those before this transaction. */
  #nearDelta(transaction: Y.Transaction): Delta | null {
    return this.#incoming.length > 0 ? null : readNearDelta(this.flow, transaction, this.view.blocks)
  }

  get #hasPending(): boolean {
    return this.editor._pendingEditorState !== null || this.#isDirty
  }

  get #isDirty(): boolean {
    return this.#dirt.isOrderDirty || this.#dirt.topLevel.size > 0
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.settle()
    })
  }

  #isHeld(): boolean {
    return this.#composition.holds(this.#incoming.length)
  }

  #commitPending(): void {
    if (this.editor._pendingEditorState !== null) this.editor.update(() => undefined, { discrete: true })
  }

  /** Both directions at once: own edits are planned, carried over what came in, written; what came in is shown. */
  #exchange(): void {
    const incoming = this.#incoming
    this.#incoming = []
    const canWrite = this.#state.state === 'live'
    let plan = NOTHING
    if (this.#isDirty) {
      const dirt = this.#dirt
      this.#dirt = { isOrderDirty: false, topLevel: new Set() }
      const planned = this.editor
        .getEditorState()
        .read(() => $planLocal(dirt, this.#context, this.#options.othersAt ?? (() => [])))
      if (!canWrite && planned.plan.kind !== 'none')
        throw new Error('This document is not written by this version.')
      plan = planned.plan
      const before = this.#agreed
      this.#agreed = null
      if (plan.kind !== 'none')
        this.#options.willWrite?.(plan, before === null ? null : this.selection(before))
      planned.rebind()
    }
    let own: Delta = plan.delta
    const theirs: Delta[] = []
    for (const { delta } of incoming) {
      theirs.push(transformDelta(delta, own, true))
      own = transformDelta(own, delta, false)
    }
    const after = incoming.length === 0 ? this.view.blocks : null
    writePlan(this.flow, { delta: own, keyChanges: plan.keyChanges }, after, this)
    if (!this.editor.isComposing() || incoming.length === 0) {
      this.#show(theirs, changedBy(plan, incoming))
      return
    }
    // One's own first: then what differs is theirs. Carried over what was written just now it may go on waiting.
    this.#incoming = incoming.map((one, at) => ({ ...one, delta: theirs[at] ?? [] }))
    this.#show([], changedBy(plan, []))
    const changed = changedBy(NOTHING, incoming)
    if (this.#reachesComposition(theirs, changed)) this.#schedule()
    else {
      this.#incoming = []
      this.#show(theirs, changed)
    }
  }

  /** Would these changes touch the block in which something is being composed? */
  #reachesComposition(deltas: readonly Delta[], changed: ReadonlySet<unknown>): boolean {
    if (!this.#composition.keepsItsBlock(deltas.length)) return false
    const before = this.view.blocks
    const stretch = findStretch(before, this.#after(deltas, changed), this.view)
    if (stretch === null) return false
    const composed = this.#composition.blockIn(this.view)
    return before.slice(stretch.from, stretch.oldTo).some(({ marker }) => marker === composed)
  }

  /** The blocks, once these changes are made in them. */
  #after(deltas: readonly Delta[], changed: ReadonlySet<unknown>): readonly Block[] {
    let after = this.view.blocks
    for (const delta of deltas) if (delta.length > 0) after = applyDelta(after, delta)
    return changed.size > 0 ? refreshKeys(after, changed) : after
  }

  /** Nobody else has this client id, and none of its numbers was used before: what has a name is written with it. */
  #newName(): string {
    const { store, clientID } = this.doc
    this.#lastName = Math.max(this.#lastName + 1, Y.getState(store, clientID))
    return `${clientID.toString(36)}-${this.#lastName.toString(36)}`
  }

  /** Carries changes over to the blocks and to the editor, and makes the tree canonical where anything was touched. */
  #show(deltas: readonly Delta[], changed: ReadonlySet<unknown>): void {
    const before = this.view.blocks
    const after = this.#after(deltas, changed)
    const waiting = this.#incoming.reduce((sum, { delta }) => sum + growthOf(delta), 0)
    const length = after.reduce((sum, block) => sum + blockLength(block), 0)
    if (length + waiting !== this.flow.length)
      throw new Error('The document is longer or shorter than it was said to be.')
    const stretch = findStretch(before, after, this.view)
    if (stretch === null) {
      this.view.blocks = after
      return
    }
    if (before === after || deltas.every((delta) => delta.length === 0)) {
      const isCanonical = this.editor
        .getEditorState()
        .read(() => $renderStretch(stretch, after, this.view, this.#writer, new Pen(false)))
      if (isCanonical) {
        this.view.blocks = after
        return
      }
      // In a listener of the editor nothing can be shown; what was written stays written.
      if (this.editor._updating) {
        this.view.blocks = after
        for (const { marker } of after.slice(stretch.from, stretch.newTo)) this.view.unsure.add(marker)
        this.#schedule()
        return
      }
    }
    this.#update(() => {
      $keepingSelection(this.view, deltas, () => {
        $renderStretch(stretch, after, this.view, this.#writer, new Pen(true))
        this.view.blocks = after
      })
    }, [SKIP_SCROLL_INTO_VIEW_TAG])
    // Outside of the stretch both are the same blocks.
    const left = new Set(after.slice(stretch.from, stretch.newTo).map(({ marker }) => marker))
    for (const { marker } of before.slice(stretch.from, stretch.oldTo))
      if (!left.has(marker)) this.view.drop(marker)
  }

  #update(write: () => void, tags: readonly string[]): void {
    updateAtOnce(this.editor, write, [REMOTE_TAG, COLLABORATION_TAG, ...tags])
  }

  #checkVersion(): void {
    const version = versionOf(this.doc)
    if (version > FORM_VERSION && this.#state.state === 'live') this.#setState({ state: 'outdated', version })
  }

  /** The document is right, whatever the editor shows: build the tree anew. If that fails too, stop. */
  #recover(error: unknown): void {
    try {
      this.#rebuild(true)
      this.#options.recovered?.(error)
    } catch (second) {
      this.#setState({
        state: 'broken',
        error: new AggregateError([error, second], 'The document cannot be shown.'),
      })
    }
  }

  #rebuild(clears: boolean): void {
    this.#incoming = []
    this.#dirt = { isOrderDirty: false, topLevel: new Set() }
    const selected = clears ? this.selection() : null
    this.view.clear()
    const after = readFlow(this.flow)
    this.#update(() => {
      $setSelection(null)
      $getRoot().clear()
      $renderStretch(
        { from: 0, oldTo: 0, newTo: after.length },
        after,
        this.view,
        this.#writer,
        new Pen(true),
      )
      this.view.blocks = after
      if (selected !== null) $selectUnits(selected, this.view)
    }, [SKIP_SCROLL_INTO_VIEW_TAG])
  }

  #setState(state: BindingState): void {
    this.#state = state
    this.#options.stateChanged?.(state)
  }
}

function changedBy(plan: Plan, incoming: readonly Incoming[]): ReadonlySet<unknown> {
  const changed = new Set<unknown>()
  for (const { target } of plan.keyChanges) changed.add(target)
  // Keys of a marker can be read only once it lies in the document.
  for (const { insert } of plan.delta) if (insert instanceof Y.Map) changed.add(insert)
  for (const one of incoming) for (const target of one.changed) changed.add(target)
  return changed
}
