/**
 * Placeholders for what this version does not understand. They keep what the document says, show that something is
 * there, and can be deleted like anything else; nothing in them is ever changed.
 */
import { DecoratorNode } from 'lexical'
import type { LexicalNode, NodeKey, SerializedLexicalNode } from 'lexical'
import type { Canonical } from './form.ts'

const TEXT = 'This version cannot show what is here. It is kept as it is.'

interface SerializedUnknown extends SerializedLexicalNode {
  keys: Canonical
}

abstract class UnknownNode extends DecoratorNode<null> {
  __keys: Canonical

  constructor(keys: Canonical = '', key?: NodeKey) {
    super(key)
    this.__keys = keys
  }

  getKeys(): Canonical {
    return this.getLatest().__keys
  }

  setKeys(keys: Canonical): void {
    this.getWritable().__keys = keys
  }

  override exportJSON(): SerializedUnknown {
    return { ...super.exportJSON(), keys: this.getKeys() }
  }

  override createDOM(): HTMLElement {
    const element = document.createElement(this.isInline() ? 'span' : 'div')
    element.dataset['cometpadUnknown'] = ''
    element.textContent = TEXT
    return element
  }

  override updateDOM(): boolean {
    return false
  }

  override decorate(): null {
    return null
  }
}

export class UnknownBlockNode extends UnknownNode {
  static override getType(): string {
    return 'cometpad-unknown-block'
  }

  static override clone(node: UnknownBlockNode): UnknownBlockNode {
    return new UnknownBlockNode(node.__keys, node.__key)
  }

  static override importJSON(json: SerializedLexicalNode): UnknownBlockNode {
    return new UnknownBlockNode(keysIn(json))
  }

  override isInline(): false {
    return false
  }
}

export class UnknownInlineNode extends UnknownNode {
  static override getType(): string {
    return 'cometpad-unknown-inline'
  }

  static override clone(node: UnknownInlineNode): UnknownInlineNode {
    return new UnknownInlineNode(node.__keys, node.__key)
  }

  static override importJSON(json: SerializedLexicalNode): UnknownInlineNode {
    return new UnknownInlineNode(keysIn(json))
  }

  override isInline(): true {
    return true
  }
}

function keysIn(json: SerializedLexicalNode): Canonical {
  const { keys } = json as Partial<SerializedUnknown>
  return typeof keys === 'string' ? keys : ''
}

export function $isUnknownNode(node: LexicalNode | null): node is UnknownBlockNode | UnknownInlineNode {
  return node instanceof UnknownBlockNode || node instanceof UnknownInlineNode
}
