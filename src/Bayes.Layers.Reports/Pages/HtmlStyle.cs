using Bayes.Layers.Reports.Figures;
using ScottPlot;

namespace Bayes.Layers.Reports.Pages;

/// <summary>The style of a page for phones, desktops and paper, in light and in dark.</summary>
internal static class HtmlStyle
{
    /// <summary>The style sheet: the colours of the figures as variables, then the rules.</summary>
    public static string Sheet { get; } =
        $$"""
        :root { color-scheme: light dark; {{Variables(color => color.Light)}} --soft: #f3f5f7; --line: #d3d9df; --accent: #1e6cb0; }
        @media screen and (prefers-color-scheme: dark) {
          :root { {{Variables(color => color.Dark)}} --soft: #1d2228; --line: #3a424b; --accent: #7cb8ee; }
        }

        """ + Rules;

    private const string Rules = """
        * { box-sizing: border-box; }
        html { scroll-padding-top: 1rem; }
        body {
          margin: 0 auto; max-width: 76rem; padding: 1.25rem clamp(1rem, 4vw, 2.5rem) 2.5rem;
          background: var(--paper); color: var(--ink);
          font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif;
          overflow-wrap: break-word; -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
        }
        a { color: var(--accent); }
        .skip { position: absolute; left: -99rem; top: 0.5rem; padding: 0.5rem 1rem; background: var(--paper); border: 2px solid var(--accent); }
        .skip:focus { left: 0.5rem; z-index: 1; }
        header { border-bottom: 3px solid var(--accent); }
        h1 { margin: 0.25rem 0 0; font-size: clamp(1.5rem, 1.2rem + 2vw, 2.4rem); line-height: 1.2; text-wrap: balance; }
        h2 { margin: 2.5rem 0 0.75rem; font-size: 1.4rem; line-height: 1.3; text-wrap: balance; }
        h3 { margin: 1.75rem 0 0.5rem; font-size: 1.1rem; }
        p { margin: 0 0 1rem; max-width: 44rem; }
        .lead { margin: 0.6rem 0 1rem; font-size: 1.1rem; line-height: 1.5; color: var(--muted); }
        nav ul { display: flex; overflow-x: auto; white-space: nowrap; gap: 0.15rem 1.1rem; margin: 0 0 0.9rem; padding: 0;
          list-style: none; font-size: 0.95rem; }
        nav a { display: inline-block; padding: 0.2rem 0; }
        .headlines { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.75rem; margin: 1.25rem 0 0; }
        .headlines div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: 0.7rem 0.9rem;
          background: var(--soft); border-radius: 8px; }
        .headlines dt { color: var(--muted); font-size: 0.92rem; line-height: 1.3; }
        .headlines dd { margin: 0; font-size: 1.65rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
        .findings { margin: 1.25rem 0 0; padding-left: 1.2rem; max-width: 46rem; }
        .findings li { margin-bottom: 0.4rem; }
        .findings li::marker { color: var(--accent); }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: 0.45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: inherit; }
        thead th { color: var(--muted); font-size: 0.92rem; vertical-align: bottom; }
        .value { padding-left: 1rem; text-align: right; }
        .metrics { max-width: 46rem; }
        .metrics td.value { font-weight: 600; white-space: nowrap; }
        .note { display: block; color: var(--muted); font-size: 0.92rem; line-height: 1.4; }
        .scrolls { overflow-x: auto; }
        .scrolls table { width: auto; min-width: min(100%, 38rem); }
        .scrolls th[scope="row"] { padding-right: 1rem; }
        .scrolls th, .scrolls .value { white-space: nowrap; }
        .scrolls td:not(.value) { min-width: 16rem; }
        .scrolls .shaded { min-width: 0; }
        .shaded td { min-width: 3.2rem; padding: 0.45rem 0.6rem; text-align: center;
          background: color-mix(in srgb, var(--class-1) calc(38% * var(--share)), transparent); }
        .shaded thead th { text-align: center; padding-inline: 0.6rem; }
        p.note { margin-top: 0.6rem; max-width: 60rem; }
        .settings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); column-gap: 3.5rem; margin: 0; }
        .settings div { display: flex; justify-content: space-between; gap: 1rem; padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
        .settings dd { margin: 0; font-weight: 600; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
        .figures { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.75rem 3rem; margin-block: 1rem; }
        figure { margin: 0; }
        .picture svg, .picture img { display: block; width: 100%; max-width: 36rem; height: auto; }
        .picture text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif; }
        .picture img { background: #ffffff; border-radius: 6px; }
        .on-wide { display: none; }
        figcaption { margin-top: 0.5rem; max-width: 44rem; color: var(--muted); font-size: 0.95rem; line-height: 1.5; }
        figcaption b { color: var(--ink); font-weight: 650; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
        footer { margin-top: 2.5rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.95rem; }
        footer h2 { margin: 1rem 0 0.25rem; font-size: 1rem; }
        @media (max-width: 44rem) {
          .scrolls th[scope="row"] { min-width: 7rem; white-space: normal; }
        }
        @media (min-width: 44rem) {
          nav ul { flex-wrap: wrap; }
          .headlines { grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); }
        }
        @media (min-width: 60rem) {
          .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .wide { grid-column: 1 / -1; }
          .wide .picture svg { max-width: none; }
          .wide .picture .on-wide { display: block; }
          .wide .picture .on-narrow { display: none; }
          .beside { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); column-gap: 3rem; align-items: start; }
          .beside > .figures { grid-template-columns: minmax(0, 1fr); }
          .beside > :last-child { margin-top: 1rem; }
        }
        @media print {
          :root { font-size: 10pt; }
          body { max-width: none; padding: 0; }
          nav, .skip { display: none; }
          h2, h3 { break-after: avoid; }
          figure, tr, dl div { break-inside: avoid; }
        }
        """;

    private static string Variables(Func<ThemeColor, Color> shade) =>
        string.Concat(FigureColors.Theme.Select(color => $"--{color.Name}: {shade(color).ToHex()}; "));
}
