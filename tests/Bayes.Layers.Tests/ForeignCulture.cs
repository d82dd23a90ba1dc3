using System.Globalization;

namespace Bayes.Layers.Tests;

/// <summary>Sets a culture whose numbers no text of the library may contain, such as 0,5 and ~1, until disposed.</summary>
internal sealed class ForeignCulture : IDisposable
{
    private readonly CultureInfo _before = CultureInfo.CurrentCulture;

    public ForeignCulture() =>
        CultureInfo.CurrentCulture = new CultureInfo("", false) { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };

    public void Dispose() => CultureInfo.CurrentCulture = _before;
}
