// One note: a source that sounds for a while, is let go, and fades. What synth.js and sampler.js share.

/** @import { Voice } from "../types" */

const RELEASE = 0.035; // seconds in which a note that is let go falls to 1/e
const RING = 6 * RELEASE; // ... and after which it is inaudible
const CUT = 0.01; // the same as RELEASE for one that is taken back while it sounds
const RISE = 0.002; // seconds, so that a note does not click in

/**
 * Starts a source of sound at a time, from a place within its buffer; it is let go after the duration, and has nothing
 * more to give after ``most`` seconds. Release can be called again, while the note sounds, for another time.
 *
 * @param {BaseAudioContext} context
 * @param {AudioNode} output
 * @param {AudioBufferSourceNode} source
 * @param {{ when: number, duration: number, level: number, offset?: number, most?: number }} times
 * @returns {Voice}
 */
export function startVoice(context, output, source, { when, duration, level, offset = 0, most = Infinity }) {
  const envelope = context.createGain();
  const risen = when + RISE;
  const letGo = (at, constant) => {
    const time = Math.max(context.currentTime, risen, Math.min(at, when + most - RING));
    envelope.gain.cancelScheduledValues(Math.max(context.currentTime, risen + 1e-4));
    envelope.gain.setTargetAtTime(0, time, constant);
    source.stop(time + RING);
  };
  envelope.gain.setValueAtTime(0, when);
  envelope.gain.linearRampToValueAtTime(level, risen);
  source.connect(envelope).connect(output);
  source.onended = () => envelope.disconnect();
  source.start(when, offset);
  letGo(when + duration, RELEASE);
  return {
    release: (at) => letGo(at, RELEASE),
    cut: () => (when > context.currentTime ? source.stop(0) : letGo(0, CUT)),
  };
}
