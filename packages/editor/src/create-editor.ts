/** The door for pages without a framework. */
import { CometpadProvider } from '@cometpad/provider'
import { mountEditor } from './mount.ts'
import type { EditorHandle, EditorOptions } from './options.ts'

/**
 * Puts an editor for a document into an element (or the first one that a selector finds) and connects it.
 * Throws a TypeError when the options or the target cannot be meant; everything later goes to `onError`.
 */
export function createEditor(target: HTMLElement | string, options: EditorOptions): EditorHandle {
  const element = typeof target === 'string' ? document.querySelector<HTMLElement>(target) : target
  if (!(element instanceof HTMLElement))
    throw new TypeError(
      typeof target === 'string' ? `no element matches ${target}` : 'target is not an element',
    )
  return mountEditor(element, options, ({ server, documentId, token, persist = true }, parts) => {
    const proof = token === undefined ? {} : { token }
    return new CometpadProvider({ server, documentId, persist, ...parts, connect: false, ...proof })
  })
}
