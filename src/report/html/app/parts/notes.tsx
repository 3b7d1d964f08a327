/** What is not shown, and what shows it. */
export function Notes({ notes }: { notes: readonly string[] }) {
  return notes.length === 0 ? null : (
    <ul class="plain notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}
