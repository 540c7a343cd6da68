/**
 * A block of code: lines of text in one block, with the name of their language. Nothing in it is coloured by nodes of its own: those
 * would be made anew on every client at every key. Its JSON is that of Lexical's own node of this name.
 */
import {
  $createLineBreakNode,
  $createParagraphNode,
  $createTabNode,
  $createTextNode,
  $getSelection,
  ElementNode,
} from 'lexical'
import type {
  DOMConversionMap,
  EditorConfig,
  LexicalNode,
  NodeKey,
  ParagraphNode,
  RangeSelection,
  SerializedElementNode,
} from 'lexical'

interface SerializedCode extends SerializedElementNode {
  language?: string | null
}

export class CodeNode extends ElementNode {
  /** Lexical itself knows code by this name: what is pasted into it stays in it. */
  __language: string

  constructor(language = '', key?: NodeKey) {
    super(key)
    this.__language = language
  }

  static override getType(): string {
    return 'code'
  }

  static override clone(node: CodeNode): CodeNode {
    return new CodeNode(node.__language, node.__key)
  }

  static override importJSON(json: SerializedElementNode): CodeNode {
    const { language } = json as SerializedCode
    return $createCodeNode(typeof language === 'string' ? language : '').updateFromJSON(json)
  }

  static override importDOM(): DOMConversionMap {
    return {
      pre: () => ({
        conversion: (element) => ({
          node: $createCodeNode(languageOf(element)),
          after: () => $linesOf((element.textContent ?? '').replace(/\n$/, '')),
        }),
        priority: 1,
      }),
    }
  }

  /** Empty: nobody has said. */
  getLanguage(): string {
    return this.getLatest().__language
  }

  setLanguage(language: string): void {
    this.getWritable().__language = language
  }

  override exportJSON(): SerializedCode {
    return { ...super.exportJSON(), language: this.getLanguage() }
  }

  override createDOM({ theme }: EditorConfig): HTMLElement {
    const element = document.createElement('pre')
    if (typeof theme.code === 'string') element.className = theme.code
    element.spellcheck = false
    showLanguage(element, this.__language)
    return element
  }

  override updateDOM(before: this, element: HTMLElement): boolean {
    if (before.__language !== this.__language) showLanguage(element, this.__language)
    return false
  }

  /** Enter begins a line as far in as the one above. After two empty lines at the end it leads out of the code. */
  override insertNewAfter(selection: RangeSelection): ParagraphNode | null {
    // Asked on the way out of a link that is being split: the code itself is asked afterwards.
    if (selection !== $getSelection()) return null
    const text = this.#$textBefore(selection)
    const empty = /\n[ \t]*\n[ \t]*$/.exec(text)?.[0]
    if (empty !== undefined && text.length === this.getTextContentSize()) {
      for (let left = empty.length; left > 0;) {
        const last = this.getLastChild()
        left -= last?.getTextContentSize() ?? left
        last?.remove()
      }
      const line = $createParagraphNode()
      this.insertAfter(line)
      return line
    }
    const margin = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n') + 1))?.[0] ?? ''
    selection.insertNodes([$createLineBreakNode(), ...$linesOf(margin)])
    return null
  }

  /** Backspace at the start makes it text again. */
  override collapseAtStart(): true {
    const line = $createParagraphNode()
    line.append(...this.getChildren())
    this.replace(line)
    return true
  }

  #$textBefore({ anchor }: RangeSelection): string {
    let text = ''
    for (const child of this.getChildren()) {
      if (anchor.key === this.getKey() && child.getIndexWithinParent() >= anchor.offset) break
      const isHere = child.getKey() === anchor.key || child.isParentOf(anchor.getNode())
      text += isHere ? child.getTextContent().slice(0, anchor.offset) : child.getTextContent()
      if (isHere) break
    }
    return text
  }
}

/** Text as the nodes that code consists of. */
function $linesOf(text: string): LexicalNode[] {
  return text.split(/(\r?\n|\t)/).flatMap((part) => {
    if (part === '') return []
    if (part === '\t') return [$createTabNode()]
    return [part.endsWith('\n') ? $createLineBreakNode() : $createTextNode(part)]
  })
}

function languageOf(element: HTMLElement): string {
  const classes = `${element.className} ${element.querySelector('code')?.className ?? ''}`
  return element.dataset['language'] ?? /\blang(?:uage)?-([^\s]+)/.exec(classes)?.[1] ?? ''
}

function showLanguage(element: HTMLElement, language: string): void {
  if (language === '') delete element.dataset['language']
  else element.dataset['language'] = language
}

export function $createCodeNode(language = ''): CodeNode {
  return new CodeNode(language)
}

export function $isCodeNode(node: LexicalNode | null | undefined): node is CodeNode {
  return node instanceof CodeNode
}
