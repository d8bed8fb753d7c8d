/**
 * The slow part of opening a keyfile, off the page's thread: scrypt (RFC 7914), nothing else.
 *
 * An import map doesn't reach into workers, hence the path. The worker is served with a policy of its own that allows
 * WebAssembly and forbids every connection (docs/adr/0012); it ends after one derivation, and its memory with it.
 */
import { scrypt } from "/static/kit/vendor/hash-wasm/index.esm.js";

onmessage = async ({ data: { pin, derivation } }) => {
  const { salt, n, r, p } = derivation;
  try {
    postMessage(
      await scrypt({
        password: pin,
        salt,
        costFactor: n,
        blockSize: r,
        parallelism: p,
        hashLength: 32,
        outputType: "binary",
      }),
    );
  } catch {
    // Too little memory, or WebAssembly switched off: a rejected promise alone would leave the page waiting.
    postMessage(null);
  } finally {
    pin.fill(0);
  }
};
