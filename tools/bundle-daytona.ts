/**
 * Lets Vite bundle Daytona's SDK. The SDK asks for its parts by `require` at run time, where a bundler cannot see it; in a
 * package without node_modules that finds nothing. Here it gets the two parts that our calls need, and Node's own modules.
 * All else it would ask for is not there, on purpose: OpenTelemetry's node SDK, AWS, and dotenv, so that no .env file of
 * the folder that SpecBoard was started in is ever read.
 */
import { minify, type Plugin } from 'vite';

/** What replaces the SDK's own `require`. */
const bundledRequire = [
  "import daytonaBusboy from 'busboy';",
  "import daytonaFormData from 'form-data';",
  'const __esmRequire = (id) => {',
  "  if (id === 'busboy') return daytonaBusboy;",
  "  if (id === 'form-data') return daytonaFormData;",
  '  const builtin = process.getBuiltinModule(id);',
  "  if (builtin === undefined) throw new Error(id + ' is not part of SpecBoard');",
  '  return builtin;',
  '};',
].join('\n');
const ownRequire = /^const __esmRequire = \(\(\) => \{[\s\S]*?^\}\)\(\);$/m;

/** The plugin. Throws at build time where the SDK has changed so that nothing could be replaced any more. */
export function bundleDaytona(): Plugin {
  const seen = new Set<string>();
  return {
    name: 'bundle-daytona',
    applyToEnvironment: ({ name }) => name === 'main',
    transform: {
      filter: { id: /@daytona\/sdk\/esm\/utils\/(Import|Runtime)\.js$/ },
      handler(code, id) {
        if (!ownRequire.test(code)) throw new Error(`Daytona's SDK has changed: look at ${id}`);
        seen.add(id);
        return { code: code.replace(ownRequire, bundledRequire), map: null };
      },
    },
    /** Half of it is comments. Names stay: the SDK tells its errors apart by those of their classes. */
    async renderChunk(code, { moduleIds, fileName }) {
      if (!moduleIds.some((id) => /@daytona\/sdk\/esm\/index\.js$/.test(id))) return null;
      const options = { compress: false, mangle: false, codegen: { removeWhitespace: true } } as const;
      const result = await minify(fileName, code, options);
      if (result.errors.length > 0) throw new Error(result.errors.map(({ message }) => message).join('\n'));
      return { code: result.code, map: null };
    },
    generateBundle() {
      if (seen.size === 1) throw new Error("Daytona's SDK has changed: one of its two files was not found");
    },
  };
}
