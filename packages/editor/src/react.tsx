'use client'
/**
 * The door for React. The component owns an element and an editor in it; the ref is the editor's handle. It is
 * uncontrolled: the text lives in the document, not in a prop.
 */
import { forwardRef, useEffect, useImperativeHandle, useRef, useState } from 'react'
import type { ForwardedRef } from 'react'
import { createEditor } from './create-editor.ts'
import type { EditorHandle, EditorOptions } from './options.ts'

export interface CometpadEditorProps extends EditorOptions {
  readonly className?: string
}

export const CometpadEditor = /* @__PURE__ */ forwardRef(function CometpadEditor(
  props: CometpadEditorProps,
  ref: ForwardedRef<EditorHandle | null>,
) {
  const target = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  const [handle, setHandle] = useState<EditorHandle | null>(null)
  const { server, documentId, token, toolbar, status, dir, persist } = props
  const persistKey = typeof persist === 'object' ? persist.prefix : persist
  // A function is usually a new one in every render; it is read when it is needed.
  const tokenKey = typeof token === 'function' ? 'asked' : token
  const { readOnly, theme, placeholder, user, className } = props

  useEffect(() => {
    latest.current = props
  })

  // What an editor is made of: a change makes another one. StrictMode does so once for nothing, which is harmless.
  useEffect(() => {
    if (target.current === null) return undefined
    const made = createEditor(target.current, {
      ...latest.current,
      ...(tokenKey === undefined ? {} : { token: () => tokenOf(latest.current) }),
      onReady: (ready) => latest.current.onReady?.(ready),
      onSyncStatus: (next) => latest.current.onSyncStatus?.(next),
      onPresence: (people) => latest.current.onPresence?.(people),
      onChange: () => latest.current.onChange?.(),
      onError: (error) => latest.current.onError?.(error),
    })
    setHandle(made)
    return () => {
      setHandle(null)
      made.destroy()
    }
  }, [server, documentId, tokenKey, toolbar, status, dir, persistKey])

  useEffect(() => {
    handle?.configure({
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(theme === undefined ? {} : { theme }),
      ...(placeholder === undefined ? {} : { placeholder }),
    })
  }, [handle, readOnly, theme, placeholder])

  const { id, name, color } = user ?? {}
  useEffect(() => {
    if (name === undefined) return
    handle?.setUser({ name, ...(id === undefined ? {} : { id }), ...(color === undefined ? {} : { color }) })
  }, [handle, id, name, color])

  useImperativeHandle<EditorHandle | null, EditorHandle | null>(ref, () => handle, [handle])
  return <div ref={target} className={className} />
})

function tokenOf({ token }: EditorOptions): string | Promise<string> {
  return typeof token === 'function' ? token() : (token ?? '')
}
