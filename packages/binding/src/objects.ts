/**
 * What an object of the document is in the editor: a registry from types to node classes. Objects without a class here
 * are shown as placeholders and kept.
 */
import { $createHorizontalRuleNode, HorizontalRuleNode } from '@lexical/extension'
import type { Klass, LexicalNode } from 'lexical'
import type { Attrs } from './form.ts'

/** One kind of object. Its keys are plain values, merged one by one; text formats and `T`, `O`, `X`, `W` are taken. */
export interface ObjectKind {
  /** The value of `T` on a block, of `O` inside a text. */
  readonly type: string
  readonly isInline: boolean
  readonly node: Klass<LexicalNode>
  /** The names of its keys. Others on the same object belong to other versions and are left alone. */
  readonly keys: readonly string[]
  /** The keys to keep of a node, without its type. A default is left out. */
  readonly read: (node: LexicalNode) => Attrs
  readonly create: (keys: Attrs) => LexicalNode
  /** Makes an existing node show these keys. */
  readonly update: (node: LexicalNode, keys: Attrs) => void
}

export const ruleKind: ObjectKind = {
  type: 'rule',
  isInline: false,
  node: HorizontalRuleNode,
  keys: [],
  read: () => ({}),
  create: () => $createHorizontalRuleNode(),
  update: () => undefined,
}

/** The part of an object's keys that its kind knows. */
export function keysOfKind(kind: ObjectKind, keys: Attrs): Attrs {
  return Object.fromEntries(kind.keys.flatMap((name) => (name in keys ? [[name, keys[name]]] : [])))
}

export class ObjectKinds {
  readonly #blocks = new Map<string, ObjectKind>()
  readonly #inlines = new Map<string, ObjectKind>()
  readonly #byNodeType = new Map<string, ObjectKind>()

  constructor(kinds: Iterable<ObjectKind>) {
    for (const kind of kinds) {
      const byType = kind.isInline ? this.#inlines : this.#blocks
      byType.set(kind.type, kind)
      this.#byNodeType.set(kind.node.getType(), kind)
    }
  }

  block(type: unknown): ObjectKind | undefined {
    return typeof type === 'string' ? this.#blocks.get(type) : undefined
  }

  inline(type: unknown): ObjectKind | undefined {
    return typeof type === 'string' ? this.#inlines.get(type) : undefined
  }

  of(node: LexicalNode): ObjectKind | undefined {
    return this.#byNodeType.get(node.getType())
  }
}
