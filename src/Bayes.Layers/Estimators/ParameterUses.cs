using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>Counts how often a pass through a model uses each parameter. Layers that share a parameter count together.</summary>
internal sealed class ParameterUses
{
    private readonly Dictionary<Tensor, int> _counts = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// Gets whether the parameters are still those of the model: <c>.to(...)</c> and a new <c>VariationalStep</c> replace and dispose them.
    /// </summary>
    public bool IsCurrent => !_counts.Keys.Any(parameter => parameter.IsInvalid);

    /// <summary>Counts a use of a parameter.</summary>
    public void Add(Tensor parameter) => _counts[parameter] = _counts.GetValueOrDefault(parameter) + 1;

    /// <summary>Determines whether a pass uses a parameter more than once.</summary>
    public bool IsRepeated(Tensor parameter) => _counts.GetValueOrDefault(parameter) > 1;
}
