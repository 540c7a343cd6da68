/**
 * Undo of one's own edits, and of nobody else's. A step is a burst of typing or of deleting; everything else is a step
 * of its own. The selection goes back to where it was before the step.
 */
import { CAN_REDO_COMMAND, CAN_UNDO_COMMAND } from 'lexical'
import * as Y from 'yjs'
import { anchorRange, resolveRange } from './anchors.ts'
import type { AnchoredRange } from './anchors.ts'
import type { Binding } from './binding.ts'
import type { UnitRange } from './caret.ts'
import type { EditKind, Plan } from './plan.ts'

/** Typing that pauses for longer begins a new step. */
export const UNDO_PAUSE_MS = 500

interface StackEvent {
  readonly stackItem: { readonly meta: Map<unknown, unknown> }
}

const SELECTION = 'selection'

export class OwnUndo {
  readonly #binding: Binding
  readonly #manager: Y.UndoManager
  readonly #changed: (canUndo: boolean, canRedo: boolean) => void
  #kind: EditKind = 'none'
  #before: AnchoredRange | null = null

  constructor(binding: Binding, changed: (canUndo: boolean, canRedo: boolean) => void) {
    this.#binding = binding
    this.#changed = changed
    // The binding alone: with null among the origins the tidying up that Yjs does by itself would be undone as well.
    this.#manager = new Y.UndoManager(binding.flow, {
      trackedOrigins: new Set([binding]),
      captureTimeout: UNDO_PAUSE_MS,
    })
    this.#manager.on('stack-item-added', ({ stackItem }: StackEvent) => {
      if (this.#before !== null) stackItem.meta.set(SELECTION, this.#before)
      this.#tell()
    })
    this.#manager.on('stack-item-popped', () => this.#tell())
    this.#manager.on('stack-cleared', () => this.#tell())
  }

  /** Called before each own edit. */
  willWrite(plan: Plan, selection: UnitRange | null): void {
    const isStep = plan.kind === 'format' || plan.kind === 'structure' || plan.kind !== this.#kind
    if (isStep) this.#manager.stopCapturing()
    this.#kind = plan.kind
    // Where Yjs goes on with the last step nobody asks for a selection, and looking for a place in a long flow is dear.
    const goesOn =
      !isStep && this.#manager.canUndo() && Date.now() - this.#manager.lastChange < UNDO_PAUSE_MS / 2
    if (!goesOn) this.#remember(selection)
  }

  undo(): void {
    this.#step(() => this.#manager.undo())
  }

  redo(): void {
    this.#step(() => this.#manager.redo())
  }

  /** What follows is a new step. */
  stop(): void {
    this.#manager.stopCapturing()
  }

  clear(): void {
    this.#manager.clear()
  }

  destroy(): void {
    this.#manager.destroy()
  }

  #step(act: () => StackEvent['stackItem'] | null): void {
    this.#binding.settle()
    if (this.#binding.state.state !== 'live') return
    this.#kind = 'none'
    this.#remember(this.#binding.selection())
    const item = act()
    this.#binding.settle()
    const range = item?.meta.get(SELECTION) as AnchoredRange | undefined
    const units = range === undefined ? null : resolveRange(this.#binding.flow, range)
    if (units !== null) this.#binding.select(units)
  }

  #remember(selection: UnitRange | null): void {
    const { flow } = this.#binding
    const length = flow.length
    const fits = selection !== null && selection.anchor <= length && selection.focus <= length
    this.#before = fits ? anchorRange(flow, selection) : null
  }

  #tell(): void {
    const canUndo = this.#manager.canUndo()
    const canRedo = this.#manager.canRedo()
    this.#changed(canUndo, canRedo)
    this.#binding.editor.dispatchCommand(CAN_UNDO_COMMAND, canUndo)
    this.#binding.editor.dispatchCommand(CAN_REDO_COMMAND, canRedo)
  }
}
