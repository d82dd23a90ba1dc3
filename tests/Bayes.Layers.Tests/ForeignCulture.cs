using System.Globalization;

namespace Bayes.Layers.Tests;

/// <summary>Until disposed, the current culture writes numbers as no text of the library may: 0,5 and ~1.</summary>
internal sealed class ForeignCulture : IDisposable
{
    private readonly CultureInfo _before = CultureInfo.CurrentCulture;

    public ForeignCulture() =>
        CultureInfo.CurrentCulture = new CultureInfo("", false) { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };

    public void Dispose() => CultureInfo.CurrentCulture = _before;
}
