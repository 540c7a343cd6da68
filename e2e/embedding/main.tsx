/**
 * The page of somebody who embeds the editor: by function, by element or in React, as the address says. It leaves its
 * handles where a test finds them.
 */
import { createEditor } from '@cometpad/editor'
import type { EditorHandle, EditorOptions } from '@cometpad/editor'
import '@cometpad/editor/element'
import { CometpadEditor } from '@cometpad/editor/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

declare global {
  interface Window {
    /** Every handle that was given out, newest last. */
    handles: EditorHandle[]
  }
}

const query = new URLSearchParams(location.search)
const documentId = query.get('document') ?? ''
const server = query.get('server') ?? location.origin
const target = document.createElement('div')
target.id = 'pad'
document.body.append(target)
window.handles = []

const options: EditorOptions = {
  server,
  documentId,
  readOnly: query.has('readonly'),
  ...(query.has('token') ? { token: query.get('token') ?? '' } : {}),
  user: { name: query.get('name') ?? 'Embedding' },
  onReady: (handle) => window.handles.push(handle),
}

switch (query.get('door')) {
  case 'react':
    createRoot(target).render(
      <StrictMode>
        <CometpadEditor {...options} />
      </StrictMode>,
    )
    break
  case 'element': {
    const element = document.createElement('cometpad-editor')
    element.setAttribute('server', query.get('server') ?? '/')
    element.setAttribute('document-id', documentId)
    element.setAttribute('user-name', options.user?.name ?? '')
    element.addEventListener('ready', (event) => {
      window.handles.push((event as CustomEvent<EditorHandle>).detail)
    })
    target.append(element)
    break
  }
  case null:
  default:
    createEditor(target, options)
}
