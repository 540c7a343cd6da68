// @vitest-environment happy-dom
import { StrictMode, act, createRef } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEditor } from '../src/create-editor.ts'
import { CometpadEditorElement, defineCometpadEditor, optionsOf } from '../src/element.ts'
import type { EditorHandle } from '../src/options.ts'
import { CometpadEditor } from '../src/react.tsx'
import { StubProvider } from './stub-provider.ts'

const made = vi.hoisted(() => ({ options: [] as Record<string, unknown>[] }))

vi.mock('@cometpad/provider', async () => {
  const { StubProvider: Stub } = await import('./stub-provider.ts')
  class CometpadProvider extends Stub {
    constructor(options: ConstructorParameters<typeof Stub>[0]) {
      super(options)
      made.options.push({ ...options })
    }
  }
  return { CometpadProvider }
})

const providers = StubProvider.all
const alive = (): StubProvider[] => providers.filter(({ calls }) => !calls.includes('destroy'))
const turn = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve))

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  providers.length = 0
  made.options.length = 0
})

afterEach(() => {
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

describe('createEditor', () => {
  test('takes an element or a selector and hands server, document and token to the provider', () => {
    document.body.innerHTML = '<div id="pad"></div>'
    const handle = createEditor('#pad', { server: 'https://pad.test', documentId: 'a/b', token: 't' })
    expect(made.options[0]).toMatchObject({
      server: 'https://pad.test',
      documentId: 'a/b',
      token: 't',
      connect: false,
      persist: true,
    })
    expect(document.querySelector('#pad .cometpad')).not.toBeNull()
    handle.destroy()
    expect(() => createEditor('#nowhere', { server: 'https://pad.test', documentId: 'a' })).toThrow(TypeError)
  })
})

describe('<cometpad-editor>', () => {
  function add(html: string): CometpadEditorElement {
    document.body.innerHTML = html
    return document.body.firstElementChild as CometpadEditorElement
  }

  test('the attribute persist says what is kept on the device', () => {
    const persistOf = (attribute: string): unknown => {
      const element = document.createElement('div')
      element.innerHTML = `<p server="https://pad.test" document-id="d" ${attribute}></p>`
      return optionsOf(element.firstElementChild as Element)?.persist
    }
    expect(persistOf('')).toBeUndefined()
    expect(persistOf('persist="none"')).toBe(false)
    expect(persistOf('persist="ana"')).toEqual({ prefix: 'ana' })
  })

  test('its attributes are the scalar options', () => {
    const element = document.createElement('div')
    element.innerHTML =
      '<p server="https://pad.test" document-id="d" token="t" readonly theme="dark" dir="rtl" toolbar="none" placeholder="Hm"></p>'
    expect(optionsOf(element.firstElementChild as Element)).toEqual({
      server: 'https://pad.test/',
      documentId: 'd',
      token: 't',
      readOnly: true,
      autoFocus: false,
      theme: 'dark',
      dir: 'rtl',
      toolbar: 'none',
      status: 'full',
      placeholder: 'Hm',
    })
    expect(optionsOf(document.createElement('p'))).toBeUndefined()
  })

  test('an unknown value of an attribute is the default', () => {
    const element = document.createElement('p')
    for (const [name, value] of [
      ['server', 'https://pad.test'],
      ['document-id', 'd'],
      ['theme', 'pink'],
      ['dir', 'up'],
    ] as const)
      element.setAttribute(name, value)
    expect(optionsOf(element)).toMatchObject({ theme: 'auto', dir: 'auto', toolbar: 'full' })
  })

  test('one editor lives in an open shadow root and ends with the element', async () => {
    const element = add('<cometpad-editor server="https://pad.test" document-id="d"></cometpad-editor>')
    await turn()
    expect(element.shadowRoot?.querySelector('.cometpad')).not.toBeNull()
    expect(alive().length).toBe(1)
    element.remove()
    await turn()
    expect([alive().length, element.handle]).toEqual([0, undefined])
  })

  test('a move inside the page keeps the editor', async () => {
    const element = add('<cometpad-editor server="https://pad.test" document-id="d"></cometpad-editor>')
    await turn()
    const handle = element.handle
    const other = document.createElement('section')
    document.body.append(other)
    other.append(element)
    await turn()
    expect(element.handle).toBe(handle)
    expect(providers.length).toBe(1)
  })

  test('another document makes another editor, once for all attributes set in a row; a theme does not', async () => {
    const element = add('<cometpad-editor server="https://pad.test" document-id="d"></cometpad-editor>')
    await turn()
    element.setAttribute('token', 'x')
    element.setAttribute('document-id', 'e')
    await turn()
    expect(made.options.map((options) => options['documentId'])).toEqual(['d', 'e'])
    expect(alive().length).toBe(1)
    const handle = element.handle
    element.setAttribute('theme', 'dark')
    await turn()
    expect(element.handle).toBe(handle)
    expect(element.shadowRoot?.querySelector('.cometpad')?.getAttribute('data-theme')).toBe('dark')
  })

  test('callbacks are events with the same name, lower case', async () => {
    const element = add('<cometpad-editor server="https://pad.test" document-id="d"></cometpad-editor>')
    const heard: string[] = []
    for (const name of ['ready', 'syncstatus', 'presence', 'change', 'error'])
      element.addEventListener(name, () => heard.push(name))
    await turn()
    alive()[0]?.sync()
    expect(heard).toContain('ready')
    expect(heard).toContain('syncstatus')
  })

  test('may be defined twice', () => {
    expect(() => defineCometpadEditor()).not.toThrow()
    expect(customElements.get('cometpad-editor')).toBe(CometpadEditorElement)
  })
})

describe('<CometpadEditor>', () => {
  test('survives StrictMode with one living connection, and its ref is the handle', async () => {
    const container = document.createElement('div')
    document.body.append(container)
    const root = createRoot(container)
    const ref = createRef<EditorHandle>()
    const ready: unknown[] = []
    const page = (token: () => string, documentId = 'd'): React.ReactNode => (
      <StrictMode>
        <CometpadEditor
          ref={ref}
          server="https://pad.test"
          documentId={documentId}
          token={token}
          messages={{}}
          onReady={(handle) => ready.push(handle)}
        />
      </StrictMode>
    )
    await act(async () => root.render(page(() => 'one')))
    expect(alive().length).toBe(1)
    await act(async () => alive()[0]?.sync())
    expect(ready).toEqual([ref.current])
    expect(container.querySelectorAll('.cometpad').length).toBe(1)

    // Functions and objects made anew in every render make no new editor, and the newest is asked.
    const before = ref.current
    await act(async () => root.render(page(() => 'two')))
    expect(ref.current).toBe(before)
    const { token } = made.options.at(-1) as { token: () => string }
    expect(token()).toBe('two')

    await act(async () => root.render(page(() => 'two', 'e')))
    expect(ref.current).not.toBe(before)
    expect([alive().length, made.options.at(-1)?.['documentId']]).toEqual([1, 'e'])

    await act(async () => root.unmount())
    expect([alive().length, ref.current]).toEqual([0, null])
  })
})
