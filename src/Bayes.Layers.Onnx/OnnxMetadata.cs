using System.Globalization;
using System.Reflection;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Onnx;

/// <summary>Keys of the texts in an exported file's metadata (<c>metadata_props</c>).</summary>
public static class OnnxMetadata
{
    /// <summary>The version of this library.</summary>
    public const string Version = "bayes_layers.version";

    /// <summary>The <see cref="OnnxProduct"/>: <c>Draws</c>, <c>Mean</c> or <c>ClosedForm</c>.</summary>
    public const string Product = "bayes_layers.product";

    /// <summary>What tells the model from others (<see cref="FunctionDistribution.Fingerprint"/>), as 16 hexadecimal digits.</summary>
    public const string Fingerprint = "bayes_layers.fingerprint";

    /// <summary>The likelihood with its settings, as text.</summary>
    public const string Likelihood = "bayes_layers.likelihood";

    /// <summary>The functions, as text.</summary>
    public const string Model = "bayes_layers.model";

    /// <summary>The seed of the draws; only with draws.</summary>
    public const string Seed = "bayes_layers.seed";

    /// <summary>The number of the first draw; only with draws.</summary>
    public const string FirstDraw = "bayes_layers.first_draw";

    /// <summary>S, the number of draws; only with draws.</summary>
    public const string Draws = "bayes_layers.draws";

    /// <summary>The levels of the quantiles, separated by commas; only if there are any.</summary>
    public const string QuantileLevels = "bayes_layers.quantile_levels";

    /// <summary>What a reader of every prediction should know (<see cref="FunctionDistribution.Caution"/>); only if there is something.</summary>
    public const string Caution = "bayes_layers.caution";

    /// <summary>Gets the version of this package.</summary>
    internal static string LibraryVersion { get; } =
        typeof(OnnxMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Returns the metadata of an export.</summary>
    internal static Dictionary<string, string> Of(
        FunctionDistribution distribution, Likelihood? likelihood, OnnxExportOptions options, int draws)
    {
        var texts = new Dictionary<string, string>
        {
            [Version] = LibraryVersion,
            [Product] = options.Product.ToString(),
            [Fingerprint] = distribution.Fingerprint().ToString("x16", CultureInfo.InvariantCulture),
            [Model] = distribution.ToString(),
        };
        if (likelihood is not null)
            texts.Add(Likelihood, likelihood.ToString() ?? likelihood.GetType().Name);
        if (options.Product == OnnxProduct.Draws)
        {
            texts.Add(Seed, options.Seed.ToString(CultureInfo.InvariantCulture));
            texts.Add(FirstDraw, options.FirstDraw.ToString(CultureInfo.InvariantCulture));
            texts.Add(Draws, draws.ToString(CultureInfo.InvariantCulture));
        }
        if (likelihood is not null && options.QuantileLevels.Count > 0)
            texts.Add(QuantileLevels, string.Join(",", options.QuantileLevels.Select(level => level.ToString(CultureInfo.InvariantCulture))));
        if (distribution.Caution is { } caution)
            texts.Add(Caution, caution);
        return texts;
    }
}
