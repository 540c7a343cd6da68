/** Does a WebSocket open, carry something, and outlive a silence? */
import { limits } from '../limits.ts'
import { DOCTOR_SOCKET_PATH } from './contract.ts'
import type { SocketSeen } from './observations.ts'
import type { DoctorPorts } from './ports.ts'

/** @param echoed something came back, and the silence begins */
export function probeSocket(
  { clock, call }: DoctorPorts,
  holdMs: number,
  echoed: (openMs: number) => void,
): Promise<SocketSeen> {
  return new Promise((resolve) => {
    const began = clock.now()
    const bytes = new Uint8Array([1])
    let phase: { name: 'opening' | 'echo' | 'idle' | 'second echo'; since: number } = {
      name: 'opening',
      since: began,
    }
    let openMs = 0
    let stopWaiting = clock.after(limits.connectMs, () =>
      end({ state: 'unanswered', afterMs: limits.connectMs }),
    )

    function end(seen: SocketSeen): void {
      stopWaiting()
      socket.close()
      resolve(seen)
    }
    function enter(name: typeof phase.name, ms: number, then: () => void): void {
      stopWaiting()
      phase = { name, since: clock.now() }
      stopWaiting = clock.after(ms, then)
    }
    function askAgain(): void {
      enter('second echo', limits.connectMs, () => end({ state: 'cut', afterMs: holdMs }))
      socket.send(bytes)
    }
    const socket = call(DOCTOR_SOCKET_PATH, {
      opened() {
        openMs = clock.now() - began
        enter('echo', limits.connectMs, () => end({ state: 'mute' }))
        socket.send(bytes)
      },
      heard() {
        if (phase.name === 'echo') {
          enter('idle', holdMs, askAgain)
          echoed(openMs)
        } else if (phase.name === 'second echo')
          end({ state: 'works', openMs, idleMs: phase.since - began - openMs })
      },
      ended(refusal) {
        if (phase.name === 'opening') end({ state: 'refused', ...refusal })
        else if (phase.name === 'echo') end({ state: 'mute' })
        else end({ state: 'cut', afterMs: clock.now() - began })
      },
    })
  })
}
