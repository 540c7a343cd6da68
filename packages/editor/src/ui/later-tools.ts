/**
 * The tools that only those need who write. They are a file of their own, which is loaded when somebody begins to: nobody waits for
 * it before the text can be read, and it is there when the connection is gone.
 */
import { listen } from './dom.ts'
import type { WritingTools, WritingToolsParts } from './writing-tools.ts'

export interface LaterToolsParts extends WritingToolsParts {
  /** Hears why the tools cannot be loaded. The next press tries again. */
  readonly failed: (error: Error) => void
}

export function createLaterTools({ failed, ...parts }: LaterToolsParts): WritingTools {
  let tools: WritingTools | undefined
  let loading: Promise<void> | undefined
  let isOver = false

  async function load(): Promise<void> {
    try {
      const { mountWritingTools } = await import('./writing-tools.ts')
      if (!isOver) tools = mountWritingTools(parts)
    } catch (error) {
      loading = undefined
      failed(error instanceof Error ? error : new Error(String(error)))
    }
  }
  async function open(name: 'openLink' | 'openTable'): Promise<void> {
    await (loading ??= load())
    tools?.[name]()
  }

  const { surface, tableButton } = parts
  const offs = [
    listen(surface.root, 'focusin', () => void (loading ??= load()), { once: true }),
    listen(tableButton, 'click', (event) => {
      // Once the tools are here the browser opens them; what is prevented it leaves alone.
      if (tableButton.getAttribute('aria-disabled') === 'true') event.preventDefault()
      else if (tools === undefined) void open('openTable')
    }),
  ]
  return {
    openLink: () => void open('openLink'),
    openTable: () => void open('openTable'),
    destroy() {
      isOver = true
      for (const off of offs) off()
      tools?.destroy()
    },
  }
}
