/** A doorway in a doorway: what runs inside stays inside. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 26 26" fill="none" aria-hidden="true" focusable="false">
      <path d="M3.5 23.5V12.5a9.5 9.5 0 0 1 19 0v11" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <path d="M9 23.5v-10a4 4 0 0 1 8 0v10" fill="var(--accent)" />
    </svg>
  );
}
