namespace Bayes.Layers.Samples.Fashion;

/// <summary>The classes of Fashion-MNIST.</summary>
internal static class Garments
{
    /// <summary>The names, in the order of the labels.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    /// <summary>Source and licence of the data.</summary>
    public const string Attribution =
        "Fashion-MNIST: H. Xiao, K. Rasul and R. Vollgraf, Zalando SE, 2017; MIT licence. The digits are those of the digits sample. "
        + DigitsAttribution.Text;
}
