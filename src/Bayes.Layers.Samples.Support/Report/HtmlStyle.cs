namespace Bayes.Layers.Samples.Support.Report;

/// <summary>The style of a report for phones, desktops and paper, in light and in dark.</summary>
internal static class HtmlStyle
{
    /// <summary>The style sheet.</summary>
    public const string Sheet = """
        :root {
          color-scheme: light dark;
          --ink: #1a1a1a; --muted: #55606c; --paper: #ffffff; --soft: #f3f5f7; --line: #d3d9df; --accent: #1e6cb0;
        }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e8eb; --muted: #a4aeb9; --paper: #14171b; --soft: #1d2228; --line: #3a424b; --accent: #7cb8ee; }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; max-width: 78rem; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 2.5rem;
          background: var(--paper); color: var(--ink);
          font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif;
          overflow-wrap: break-word; -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
        }
        header { border-bottom: 3px solid var(--accent); }
        h1 { margin: 0.5rem 0 0; font-size: clamp(1.6rem, 1.2rem + 2vw, 2.4rem); line-height: 1.2; text-wrap: balance; }
        h2 { margin: 2.25rem 0 0.75rem; font-size: 1.35rem; line-height: 1.3; }
        p { margin: 0 0 1rem; max-width: 44rem; }
        .lead { margin: 0.75rem 0 1.25rem; font-size: 1.15rem; color: var(--muted); }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: 0.45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: inherit; }
        thead th { color: var(--muted); font-size: 0.9rem; }
        .value { padding-left: 1rem; text-align: right; }
        td.value { font-weight: 600; }
        .note { display: block; color: var(--muted); font-size: 0.9rem; line-height: 1.4; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); column-gap: 3.5rem; margin: 0; }
        dl div { display: flex; justify-content: space-between; gap: 1rem; padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
        dd { margin: 0; font-weight: 600; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
        .figures { display: grid; grid-template-columns: minmax(0, 1fr); grid-auto-flow: dense; gap: 1.75rem; }
        figure { margin: 0; }
        img { display: block; width: 100%; height: auto; background: #ffffff; border: 1px solid var(--line); border-radius: 6px; }
        figcaption { margin-top: 0.5rem; max-width: 44rem; color: var(--muted); font-size: 0.95rem; line-height: 1.5; }
        figcaption b { color: var(--ink); }
        .picture, .scrolls { overflow-x: auto; }
        .scrolls th { white-space: nowrap; padding-right: 1rem; }
        p.note { margin-top: 0.75rem; max-width: 60rem; }
        pre {
          margin: 0; padding: 0.9rem 1rem; overflow-x: auto; background: var(--soft); border: 1px solid var(--line); border-radius: 6px;
          font: 0.85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        footer { margin-top: 2.5rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.95rem; }
        footer h2 { margin: 1rem 0 0.25rem; font-size: 1rem; }
        @media screen and (max-width: 44rem) {
          figure { margin-inline: calc(-1 * clamp(1rem, 4vw, 2.5rem)); }
          figcaption { padding-inline: clamp(1rem, 4vw, 2.5rem); }
          img { border-inline: 0; border-radius: 0; }
          .picture img { width: 54rem; max-width: none; }
        }
        @media (min-width: 44rem) {
          .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .wide { grid-column: 1 / -1; }
        }
        @media (min-width: 60rem) {
          .beside { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); column-gap: 3.5rem; }
          .beside > :only-child { grid-column: 1 / -1; }
        }
        @media print {
          :root { font-size: 10pt; }
          body { max-width: none; padding: 0; }
          h2 { break-after: avoid; }
          figure, tr, pre, dl div { break-inside: avoid; }
          pre { white-space: pre-wrap; }
        }
        """;
}
