import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { watchTls } from './tls.ts'

const given = fileURLToPath(new URL('../../test/tls/', import.meta.url))

it('[TL2] files that are no pair leave the old certificate in use, and are taken once they are one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cometpad-tls-'))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await copyFile(join(given, 'first.cert.pem'), cert)
  await copyFile(join(given, 'first.key.pem'), key)
  const setSecureContext = vi.fn()
  const renewed = vi.fn()
  const refused = vi.fn()
  const end = watchTls({ setSecureContext }, { cert, key }, { everyMs: 20, renewed, refused })
  try {
    await copyFile(join(given, 'second.cert.pem'), cert)
    await vi.waitFor(() => expect(refused).toHaveBeenCalled(), { timeout: 60_000 })
    expect(refused.mock.calls[0]?.[0]).toMatchObject({ code: 'TLS_UNUSABLE' })
    expect(setSecureContext).not.toHaveBeenCalled()

    await copyFile(join(given, 'second.key.pem'), key)
    await vi.waitFor(() => expect(renewed).toHaveBeenCalledOnce(), { timeout: 60_000 })
    expect(setSecureContext).toHaveBeenCalledOnce()
  } finally {
    end()
    await rm(folder, { recursive: true, force: true })
  }
})
