/**
 * The helper as it is put: a few lines with the compressed text in them. A third of the bytes; and because Python would translate
 * the whole text with every request, the lines keep what came of it beside them.
 */
import { deflateSync } from 'node:zlib';

/** The file to put. It runs like the text itself. */
export function packKit(text: Uint8Array): Uint8Array {
  const packed = deflateSync(text, { level: 9 }).toString('base64');
  return Buffer.from(`import marshal, os, sys
SAVED = "%s.%s-%x" % (__file__, sys.implementation.cache_tag, sys.hexversion)
try:
    with open(SAVED, "rb") as saved:
        code = marshal.loads(saved.read())
except Exception:
    import base64, zlib
    code = compile(zlib.decompress(base64.b64decode("${packed}")), __file__, "exec")
    try:
        PART = "%s-%d" % (SAVED, os.getpid())
        with open(PART, "wb") as saved:
            saved.write(marshal.dumps(code))
        os.rename(PART, SAVED)
    except OSError:
        pass
exec(code)
`);
}
