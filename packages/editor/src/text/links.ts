/** Which addresses a link may have, and making, changing and removing links. Knows no dialog. */
import { $createLinkNode, $isLinkNode, $toggleLink, LinkExtension, LinkNode } from '@lexical/link'
import {
  $createTextNode,
  $findMatchingParent,
  $getSelection,
  $isRangeSelection,
  $setSelection,
  configExtension,
  defineExtension,
  mergeRegister,
} from 'lexical'
import type { BaseSelection, LexicalEditor } from 'lexical'

const PROTOCOLS = new Set(['http:', 'https:', 'mailto:'])
const URL_LENGTH = 2_048
/** What every link has besides its address. */
export const LINK_ATTRIBUTES = { rel: 'noopener noreferrer', target: '_blank' } as const

/**
 * The address to store for what somebody typed or pasted, or undefined when it may not be a link. Without a scheme it
 * becomes https, or mailto when it looks like an e-mail address.
 */
export function sanitizeUrl(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > URL_LENGTH || /[\s\p{Cc}]/u.test(trimmed)) return undefined
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(trimmed)
  // "example.com:8080" is a host with a port, not a scheme.
  const isHostAndPort = /^(?:localhost|[^/?#@:]+\.[^/?#@:]+):\d+(?:[/?#]|$)/.test(trimmed)
  const url = hasScheme && !isHostAndPort ? trimmed : withScheme(trimmed)
  if (url === undefined || !URL.canParse(url)) return undefined
  const { protocol, hostname, pathname } = new URL(url)
  if (!PROTOCOLS.has(protocol)) return undefined
  if (protocol === 'mailto:' ? !pathname.includes('@') : hostname === '') return undefined
  return url
}

function withScheme(text: string): string | undefined {
  if (/^[^\s/@]+@[^\s/@]+\.[^\s/@]+$/.test(text)) return `mailto:${text}`
  if (/^localhost(?:[:/]|$)/.test(text) || /^[^\s/?#]+\.[^\s/?#]+/.test(text)) return `https://${text}`
  return undefined
}

/** Links with addresses that `sanitizeUrl` allows; others lose their link and keep their words. */
export const SafeLinkExtension = /* @__PURE__ */ defineExtension({
  name: '@cometpad/editor/SafeLink',
  dependencies: [
    configExtension(LinkExtension, {
      // Also decides whether pasting over selected words makes them a link: only a whole address does.
      validateUrl: (url) => /^(?:https?:\/\/|mailto:)/i.test(url) && sanitizeUrl(url) !== undefined,
      attributes: LINK_ATTRIBUTES,
    }),
  ],
  register: (editor) =>
    mergeRegister(
      editor.registerNodeTransform(LinkNode, (link) => {
        const url = sanitizeUrl(link.getURL())
        if (url === undefined) {
          for (const child of link.getChildren()) link.insertBefore(child)
          link.remove()
        } else if (url !== link.getURL()) link.setURL(url)
      }),
      openByClick(editor),
    ),
})

/** A plain click places the caret; with Ctrl or ⌘, or where nothing can be edited, it opens the link. */
function openByClick(editor: LexicalEditor): () => void {
  const open = (event: MouseEvent): void => {
    const target = event.composedPath()[0]
    const anchor = target instanceof Element ? target.closest('a') : null
    if (anchor === null) return
    event.preventDefault()
    const url = sanitizeUrl(anchor.href)
    if (url === undefined || (editor.isEditable() && !event.ctrlKey && !event.metaKey)) return
    window.open(url, '_blank', 'noopener,noreferrer')
  }
  return editor.registerRootListener((root) => {
    root?.addEventListener('click', open)
    return () => root?.removeEventListener('click', open)
  })
}

export interface LinkAtSelection {
  /** Of the link that the selection is in; empty where there is none. */
  readonly url: string
  /** To be given to `setLink`: the dialog that asks for the address takes the focus away. */
  readonly selection: BaseSelection | null
  readonly hasText: boolean
}

export function $linkAtSelection(): LinkAtSelection {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return { url: '', selection: null, hasText: false }
  const link = $findMatchingParent(selection.anchor.getNode(), $isLinkNode)
  return {
    url: link?.getURL() ?? '',
    selection: selection.clone(),
    hasText: link !== null || !selection.isCollapsed(),
  }
}

/**
 * Makes the selected words a link, or with undefined removes it. With nothing selected the address becomes the text.
 * Gives false when the place is gone, because somebody else deleted it while the dialog was open.
 */
export function setLink(
  editor: LexicalEditor,
  selection: BaseSelection | null,
  url: string | undefined,
): boolean {
  let done = false
  editor.update(
    () => {
      // The selection is a copy of an earlier one. Its nodes may be gone, and $toggleLink throws on those.
      try {
        $setSelection(selection?.clone() ?? null)
        const current = $getSelection()
        if (!$isRangeSelection(current)) return
        const inLink = $findMatchingParent(current.anchor.getNode(), $isLinkNode) !== null
        if (url !== undefined && current.isCollapsed() && !inLink) {
          const link = $createLinkNode(url, LINK_ATTRIBUTES).append(
            $createTextNode(url.replace(/^mailto:/, '')),
          )
          current.insertNodes([link])
        } else $toggleLink(url ?? null, LINK_ATTRIBUTES)
        done = true
      } catch {
        $setSelection(null)
      }
    },
    { discrete: true },
  )
  return done
}
