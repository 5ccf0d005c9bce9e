// Before the first paint: the theme that was chosen here, else the system's. A file, as the policy forbids inline scripts.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("codeportal.theme");
  } catch {
    // Storage may be forbidden; the system's theme it is.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
