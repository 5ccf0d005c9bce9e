import type { ReactNode } from "react";

/** Drawn with the text's colour; what they mean is told by the control that they are in. */
function icon(path: ReactNode) {
  return function Icon() {
    return (
      <svg
        width="16"
        height="16"
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {path}
      </svg>
    );
  };
}

export const PlayIcon = icon(<path d="M4.5 3v10l8-5z" fill="currentColor" />);
export const StopIcon = icon(<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" />);
export const SunIcon = icon(
  <>
    <circle cx="8" cy="8" r="3" />
    <path d="M8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
  </>,
);
export const MoonIcon = icon(<path d="M13.500 9.500A6 6 0 1 1 6.500 2.500a5 5 0 0 0 7 7z" />);
export const MenuIcon = icon(<path d="M2.500 5h11M2.500 11h11" />);
export const CloseIcon = icon(<path d="M4 4l8 8M12 4l-8 8" />);
export const ShareIcon = icon(<path d="M8 10V2M5 4.500 8 1.500l3 3M3 8.500V13.500h10V8.500" />);
export const DownloadIcon = icon(<path d="M8 2v8M5 7.500 8 10.500l3-3M3 13.500h10" />);
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />);
export const PenIcon = icon(<path d="M3 13l.700-3L10.500 3.200l2.300 2.300L6 12.300zM9 4.700l2.300 2.300" />);
