/** Languages of the editors: what is coloured as what, where a new line begins, and the names that a text defines. Pure. */
import { ensureSyntaxTree, getIndentation, indentUnit } from '@codemirror/language';
import { EditorState, type Extension } from '@codemirror/state';
import { describe, expect, test } from 'vitest';
import { languageFor } from '../../src-renderer/features/files/text-languages.ts';
import { pythonLanguage } from '../../src-renderer/languages/python-language.ts';
import { definedNames } from '../../src-renderer/languages/python-names.ts';

/** The tokens of a text, as `style: text`. */
function tokensOf(text: string, language: Extension): string[] {
  const state = EditorState.create({ doc: text, extensions: language });
  const found: string[] = [];
  ensureSyntaxTree(state, text.length, 5000)?.iterate({
    enter: ({ name, from, to, node }) => {
      if (!node.firstChild && name !== 'Document') found.push(`${name}: ${text.slice(from, to)}`);
    },
  });
  return found;
}

async function tokensOfFile(name: string, text: string): Promise<string[]> {
  return tokensOf(text, (await languageFor(name)) ?? []);
}

/** Where the line after `text` begins, with `after` on it. */
function indentAfter(text: string, after = '', language: Extension = pythonLanguage, unit = '    ') {
  const doc = `${text}\n${after}`;
  const state = EditorState.create({ doc, extensions: [language, indentUnit.of(unit)] });
  return getIndentation(state, doc.length - after.length);
}

describe('Python', () => {
  test('keywords, constants, texts, numbers, comments and names that are called or defined', () => {
    const code = 'def area(r=None):  # round\n    return f"{r!s}" if r is True else other(2.5, len(r))';
    const tokens = tokensOf(code, pythonLanguage);
    for (const wanted of [
      ...[
        'keyword: def',
        'variableName.definition: area',
        'null: None',
        'comment: # round',
        'keyword: return',
        'bool: True',
      ],
      ...['variableName.function: other', 'number: 2.5', 'variableName.standard: len', 'variableName: r'],
    ])
      expect(tokens).toContain(wanted);
    expect(tokens.filter((token) => token.startsWith('string: '))).not.toEqual([]);
    expect(tokensOf('"""a\nb"""\nx', pythonLanguage)).toEqual([
      'string: """a',
      'string: b"""',
      'variableName: x',
    ]);
  });

  test('a line after a colon and in brackets goes in, a branch and an end come out', () => {
    expect(indentAfter('if a:')).toBe(4);
    expect(indentAfter('def f(x):\n    for y in x:')).toBe(8);
    expect(indentAfter('if a:\n    b')).toBe(4);
    expect(indentAfter('if a:\n    b', 'else:')).toBe(0);
    expect(indentAfter('def f():\n    return 1')).toBe(0);
    expect(indentAfter('call(')).toBe(4);
    expect(indentAfter('call(', ')')).toBe(0);
    expect(indentAfter('call(a,')).toBe(5);
    expect(indentAfter('x = 1')).toBe(0);
  });

  test('comments by key, and pairs of brackets and quotes', () => {
    const state = EditorState.create({ doc: 'x', extensions: pythonLanguage });
    expect(state.languageDataAt('commentTokens', 0)).toEqual([{ line: '#' }]);
    expect(state.languageDataAt<{ brackets: string[] }>('closeBrackets', 0)[0]?.brackets).toContain('"""');
  });

  test('the names that a text defines, also of code that is not finished', () => {
    const names = definedNames(`
import os, numpy as np
from math import pi as half, tau
async def fetch(url, *rest, limit: int = 3, **more):
    first, (second, third) = url
    if (found := first):
class City(Base):
total: int = 0
for index, _name in rows:
with open('f') as file:
call(argument=1)
thing.part = 2
items[0] = 3
a == b
# hidden = 1
def unfinished(x, y`);
    const of = (kind: string) => [...names].filter(([, is]) => is === kind).map(([name]) => name);
    expect(of('function')).toEqual(['fetch', 'unfinished']);
    expect(of('class')).toEqual(['City']);
    expect(of('namespace')).toEqual(['os', 'np']);
    expect(of('variable')).toEqual(
      'half tau url rest limit more first second third found total index _name file x y'.split(' '),
    );
  });
});

describe('files', () => {
  test('JSON and scripts: names, texts, numbers, constants; brackets indent', async () => {
    expect(await tokensOfFile('a.json', '{"a": [1, -2.5e3, true, null], "b": "c \\" d"}')).toEqual([
      ...['propertyName: "a"', 'number: 1', 'number: -2.5e3', 'bool: true', 'null: null'],
      ...['propertyName: "b"', 'string: "c \\" d"'],
    ]);
    const script = 'const a = `x\ny`; // end\n/* one\ntwo */ go(0xff)';
    expect(await tokensOfFile('a.tsx', script)).toEqual([
      ...['keyword: const', 'variableName: a', 'operator: =', 'string: `x', 'string: y`', 'comment: // end'],
      ...['comment: /* one', 'comment: two */', 'variableName.function: go', 'number: 0xff'],
    ]);
    const json = (await languageFor('a.json')) ?? [];
    expect(indentAfter('{', '', json, '  ')).toBe(2);
    expect(indentAfter('{\n  "a": 1,', '', json, '  ')).toBe(2);
    expect(indentAfter('{\n  "a": 1', '}', json, '  ')).toBe(0);
  });

  test('markup, Dockerfiles and the rest', async () => {
    expect(await tokensOfFile('a.html', '<a href="#">b &amp; c</a><!-- d\ne -->')).toEqual([
      ...['tagName: <a', 'attributeName: href', 'string: "#"', 'tagName: >', 'atom: &amp;', 'tagName: </a>'],
      ...['comment: <!-- d', 'comment: e -->'],
    ]);
    expect(await tokensOfFile('Dockerfile', '# a\nRUN echo $B \\\n  run "c"')).toEqual([
      ...['comment: # a', 'keyword: RUN', 'variableName.special: $B', 'string: "c"'],
    ]);
    for (const [name, text] of Object.entries({ 'a.yml': 'a: 1', 'a.toml': 'a = 1', 'a.sh': 'if x' }))
      expect(await tokensOfFile(name, text), name).not.toEqual([]);
    expect(await languageFor('notes.txt')).toBeNull();
  });
});
