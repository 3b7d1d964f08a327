/** The words of each call of holdwait in a line for a shell, as the shell would give them: quotes off, redirections gone. */
export function splitCalls(line: string): string[][] {
  return splitPipeline(line)
    .map((words) => words.slice(words.findIndex((word) => !/^\w+=/.test(word))))
    .filter(([program]) => program === 'holdwait')
    .map(([, ...words]) => words);
}

function splitPipeline(line: string): string[][] {
  const calls: string[][] = [[]];
  for (const [token] of line.matchAll(/'[^']*'|\||[<>]+\s*\S+|(?:[^\s|<>']|'[^']*')+/g)) {
    if (token === '|') {
      calls.push([]);
    } else if (!/^[<>]/.test(token)) {
      calls.at(-1)!.push(token.replaceAll("'", ''));
    }
  }
  return calls;
}
