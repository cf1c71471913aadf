/** What the editor offers while a person types: words of the language, of the text, and names alive in the session. */
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  completeAnyWord,
  completeFromList,
  ifNotIn,
} from '@codemirror/autocomplete';
import type { Language } from '../../../src-shared/domain/execution.ts';
import { definedNames } from '../../languages/python-names.ts';
import { editorMessages as words } from '../../messages/editor.ts';

/** Asks the session for names that fit to the end of a text; null where nobody can say. */
export type AskNames = (code: string) => Promise<{ stem: string; matches: readonly string[] } | null>;

/** Text that is sent with a question: the line is what counts. */
const longestQuestion = 1000;

const shellWords = completeFromList([
  ...'case do done elif else esac export fi for function if in local read return set shift then trap unset until while'
    .split(' ')
    .map((label): Completion => ({ label, type: 'keyword' })),
  ...'awk cat cd chmod cp curl cut date df diff du echo env find git grep head kill less ln ls mkdir mv pip printf ps pwd python rm sed sleep sort ssh tail tar tee test touch tr uname uniq wc wget which xargs'
    .split(' ')
    .map((label): Completion => ({ label, type: 'function' })),
]);

const pythonWords = (
  [
    [
      'keyword',
      'and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield',
    ],
    ['constant', 'False None True Ellipsis NotImplemented __name__ __file__ __doc__'],
    [
      'class',
      'bool bytearray bytes classmethod complex dict float frozenset int list map memoryview object property range set slice staticmethod str super tuple type',
    ],
    [
      'function',
      '__import__ abs aiter all anext any ascii bin breakpoint callable chr compile delattr dir divmod enumerate eval exec exit filter format getattr globals hasattr hash help hex id input isinstance issubclass iter len locals max min next oct open ord pow print quit repr reversed round setattr sorted sum vars zip',
    ],
    [
      'type',
      'ArithmeticError AssertionError AttributeError BaseException BlockingIOError BrokenPipeError BufferError ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Exception ExceptionGroup FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit ImportError IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError PermissionError ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UserWarning ValueError Warning ZeroDivisionError',
    ],
  ] as const
).flatMap(([type, list]) => list.split(' ').map((label): Completion => ({ label, type })));

/** Where Python's words and names are not offered: tokens by their names. */
const notCode = ['string', 'comment', 'propertyName'];

/** Names that the text itself defines. */
function namesOfText(context: CompletionContext): CompletionResult | null {
  const before = context.matchBefore(/[^\W\d]\w*/);
  if (!before && !context.explicit) return null;
  const options = Array.from(
    definedNames(context.state.doc.toString()),
    ([label, type]): Completion => ({ label, type }),
  );
  return { from: before?.from ?? context.pos, options, validFor: /^\w*$/ };
}

/** The sources of a language. */
export function completionSources(language: Language, ask: AskNames): CompletionSource[] {
  return language === 'python'
    ? [liveNames(ask), ifNotIn(notCode, namesOfText), ifNotIn(notCode, completeFromList(pythonWords))]
    : [shellWords, completeAnyWord];
}

/** Names that Python in the session knows: variables, and attributes of what they hold. */
function liveNames(ask: AskNames): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.matchBefore(/[\w.]*$/);
    if (!before || (before.from === before.to && !context.explicit)) return null;
    if (/^[\d.]/.test(before.text)) return null;
    const line = context.state.doc.lineAt(context.pos);
    const code = context.state.sliceDoc(Math.max(line.from, context.pos - longestQuestion), context.pos);
    const found = await ask(code);
    if (context.aborted || !found || found.matches.length === 0) return null;
    // An attribute is offered behind its dot: what is before it stays as it was typed.
    const dot = before.text.lastIndexOf('.') + 1;
    const from = before.from + dot;
    const options = found.matches.flatMap((match): Completion[] => {
      const label = match
        .slice(match.lastIndexOf('.') + 1)
        .replace(/\($/, '')
        .replace(/\(\)$/, '');
      if (label === '' || (label.startsWith('_') && !before.text.slice(dot).startsWith('_'))) return [];
      const isCall = /\(\)?$/.test(match);
      return [{ label, type: isCall ? 'function' : 'variable', detail: words.live, boost: 1 }];
    });
    return { from, options, validFor: /^\w*$/ };
  };
}
