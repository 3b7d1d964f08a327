/** The words of each call of holdwait in a line for a shell, as the shell would give them: quotes off, redirections gone. */
export function splitCalls(line: string): string[][] {
  return splitPipeline(line)
    .map((words) => words.slice(words.findIndex((word) => !/^\w+=/.test(word))))
    .filter(([program]) => program === 'holdwait')
    .map(([, ...words]) => words);
}

const TOKEN = /\||<\(([^)]*)\)|[<>]+\s*\S+|(?:[^\s|<>'"]|'[^']*'|"[^"]*")+/g;

function splitPipeline(line: string): string[][] {
  const calls: string[][] = [[]];
  const inner: string[][] = [];
  for (const [token, substituted] of line.matchAll(TOKEN)) {
    if (token === '|') {
      calls.push([]);
    } else if (substituted !== undefined) {
      inner.push(...splitPipeline(substituted));
    } else if (!/^[<>]/.test(token)) {
      calls.at(-1)!.push(token.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
    }
  }
  return [...calls, ...inner];
}
