/** A container: blocks in a frame of their own. What it is called in the document is not its business. */
import { ElementNode } from 'lexical'
import type { DOMConversionMap, EditorConfig, LexicalNode, NodeKey, SerializedElementNode } from 'lexical'
import { isContainerKind } from './container-form.ts'
import type { ContainerKind } from './container-form.ts'

interface SerializedContainer extends SerializedElementNode {
  kind?: string
}

export class ContainerNode extends ElementNode {
  __kind: ContainerKind

  constructor(kind: ContainerKind = 'note', key?: NodeKey) {
    super(key)
    this.__kind = kind
  }

  static override getType(): string {
    return 'cometpad-container'
  }

  static override clone(node: ContainerNode): ContainerNode {
    return new ContainerNode(node.__kind, node.__key)
  }

  static override importJSON(json: SerializedElementNode): ContainerNode {
    return $createContainerNode(kindIn((json as SerializedContainer).kind)).updateFromJSON(json)
  }

  static override importDOM(): DOMConversionMap {
    return {
      aside: (element) => ({
        conversion: () => ({ node: $createContainerNode(kindIn(element.dataset['kind'])) }),
        priority: 1,
      }),
    }
  }

  getKind(): ContainerKind {
    return this.getLatest().__kind
  }

  override exportJSON(): SerializedContainer {
    return { ...super.exportJSON(), kind: this.getKind() }
  }

  override createDOM({ theme }: EditorConfig): HTMLElement {
    const element = document.createElement('aside')
    element.dataset['kind'] = this.__kind
    const name: unknown = theme['container']
    if (typeof name === 'string') element.className = name
    return element
  }

  override updateDOM(before: this): boolean {
    return before.__kind !== this.__kind
  }

  override isShadowRoot(): true {
    return true
  }

  override canBeEmpty(): false {
    return false
  }
}

function kindIn(kind: unknown): ContainerKind {
  return isContainerKind(kind) ? kind : 'note'
}

export function $createContainerNode(kind: ContainerKind = 'note'): ContainerNode {
  return new ContainerNode(kind)
}

export function $isContainerNode(node: LexicalNode | null | undefined): node is ContainerNode {
  return node instanceof ContainerNode
}
